/** Finds the files that a table names, as the table was perhaps written on another system. */
import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";

/**
 * Resolves the paths of a table. Windows writes backslashes; and a name is typed composed (NFC),
 * but stored decomposed (NFD) by macOS and what it packed.
 *
 * @param root folder that the paths are relative to
 * @returns a function from a path to the absolute path of its file, which may not exist
 */
export function storedPaths(root: string): (path: string) => string {
  const names = new Map<string, ReadonlyMap<string, string>>();
  const namesIn = (folder: string): ReadonlyMap<string, string> => {
    const known = names.get(folder) ?? composedNames(folder);
    names.set(folder, known);
    return known;
  };
  const find = (path: string): string | undefined => {
    const whole = resolve(root, path);
    if (existsSync(whole)) return whole;
    let found = path.startsWith("/") ? "/" : resolve(root);
    for (const part of path.split("/")) {
      const next = join(found, part);
      if (existsSync(next)) {
        found = next;
        continue;
      }
      const stored = namesIn(found).get(part.normalize("NFC"));
      if (stored === undefined) return undefined;
      found = join(found, stored);
    }
    return found;
  };
  return (path) => {
    const withSlashes = path.replaceAll("\\", "/");
    return find(path) ?? find(withSlashes) ?? resolve(root, withSlashes);
  };
}

/** The names in a folder by their composed form; none if it cannot be read. */
function composedNames(folder: string): ReadonlyMap<string, string> {
  try {
    return new Map(readdirSync(folder).map((name) => [name.normalize("NFC"), name]));
  } catch {
    return new Map();
  }
}
