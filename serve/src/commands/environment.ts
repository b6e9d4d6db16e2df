/**
 * Options from the environment: PLUMAGE_PORT stands for --port. The command line comes after it,
 * and wins.
 */
import type { OptionTable } from "@plumage/models/cli";

export const fromEnvironment = (options: OptionTable): string[] =>
  Object.keys(options).flatMap((name) => {
    const value = process.env[`PLUMAGE_${name.toUpperCase()}`];
    return value ? [`--${name}=${value}`] : [];
  });
