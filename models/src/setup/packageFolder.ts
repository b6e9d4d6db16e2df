/** Where npm has put a package. */
import { createRequire } from "node:module";
import { dirname } from "node:path";

/**
 * @param from a file of the package that depends on it
 * @returns undefined where it is not installed: npm leaves an optional package out if it does not
 * fit
 */
export function packageFolder(name: string, from: string | URL): string | undefined {
  try {
    return dirname(createRequire(from).resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}
