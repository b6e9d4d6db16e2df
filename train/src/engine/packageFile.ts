/** Files that a package's install script leaves behind, or does not. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { packageFolder } from "@plumage/models/node";

/** Whether an installed package has a file; false for a package that is not installed. */
export function hasPackageFile(name: string, ...path: string[]): boolean {
  const folder = packageFolder(name, import.meta.url);
  return folder !== undefined && existsSync(join(folder, ...path));
}
