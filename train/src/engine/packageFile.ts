/** Looks for files that a package's install script may or may not have downloaded. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { packageFolder } from "@plumage/models/node";

/** Whether a package is installed and contains the file. */
export function hasPackageFile(name: string, ...path: string[]): boolean {
  const folder = packageFolder(name, import.meta.url);
  return folder !== undefined && existsSync(join(folder, ...path));
}
