/** Finds installed npm packages. */
import { createRequire } from "node:module";
import { dirname } from "node:path";

/**
 * The folder of an npm package.
 *
 * @param from a file of the package that depends on it
 * @returns undefined if it is not installed; npm skips optional packages that do not fit the
 * platform
 */
export function packageFolder(name: string, from: string | URL): string | undefined {
  try {
    return dirname(createRequire(from).resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}
