/** Files that a package's install script leaves behind, or does not. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** Whether an installed package has a file; false for a package that is not installed. */
export function hasPackageFile(name: string, ...path: string[]): boolean {
  try {
    return existsSync(join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), ...path));
  } catch {
    return false;
  }
}
