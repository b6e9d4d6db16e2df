/** Paths on the command line: relative to the folder where the command was typed. */
import { realpathSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { z } from "zod";

/**
 * The folder where the command was typed. npm runs scripts in the folder of package.json and passes
 * the original folder in INIT_CWD (npm/npm#6067).
 *
 * @param cwd the process's working folder
 */
export function typedFolder(
  environment: NodeJS.ProcessEnv = process.env,
  cwd: string = process.cwd(),
): string {
  const { INIT_CWD: original, npm_package_json: manifest } = environment;
  // A program that a script starts inherits both, but may run elsewhere.
  return original && manifest && isSameFolder(dirname(manifest), cwd) ? original : cwd;
}

function isSameFolder(a: string, b: string): boolean {
  try {
    return realpathSync(a) === realpathSync(b);
  } catch {
    return false;
  }
}

/** Makes a path of the command line absolute. */
export const typedPath = (path: string): string => resolve(typedFolder(), path);

/** Schema of an option that takes a path; its value is absolute. */
export const pathSchema = z.string().min(1).transform(typedPath);

/** A path as the person who typed the command would write it. */
export const shownPath = (path: string): string => relative(typedFolder(), path) || ".";
