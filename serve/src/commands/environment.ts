/** Options from the environment: PLUMAGE_PORT sets --port, and the command line overrides it. */
import type { OptionTable } from "@plumage/models/cli";

/** The command line of a command with these options, those from the environment first. */
export const argvWithEnvironment = (
  options: OptionTable,
  argv: readonly string[] = process.argv.slice(2),
  environment: NodeJS.ProcessEnv = process.env,
): string[] => [
  ...Object.keys(options).flatMap((name) => {
    const value = environment[`PLUMAGE_${name.toUpperCase()}`];
    return value ? [`--${name}=${value}`] : [];
  }),
  ...argv,
];
