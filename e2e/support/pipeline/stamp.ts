/**
 * Knows whether a step's work still stands: a digest of the files and words that it was made from.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";

const skipped = new Set(["node_modules", "dist", ".tmp"]);

/**
 * The files under a folder, in a fixed order, with paths relative to the root. A file stands for
 * itself, nothing for none.
 */
async function filesUnder(root: string, path: string): Promise<string[]> {
  if (!existsSync(join(root, path))) return [];
  if ((await stat(join(root, path))).isFile()) return [path];
  const names = (await readdir(join(root, path))).filter(
    (name) => !skipped.has(name) && !name.startsWith("."),
  );
  const nested = await Promise.all(names.sort().map((name) => filesUnder(root, `${path}/${name}`)));
  return nested.flat();
}

/**
 * @param root folder that the sources' paths start from
 * @param sources folders or files whose content counts; tests beside the source do not
 * @param words anything else that counts: command-line words, the stamp of the step before
 */
export async function stampOf(
  root: string,
  sources: readonly string[],
  words: readonly string[],
): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify(words));
  for (const source of sources) {
    for (const path of await filesUnder(root, source)) {
      if (path.endsWith(".test.ts")) continue;
      hash.update(`\n${path}\n`).update(await readFile(join(root, path)));
    }
  }
  return hash.digest("hex");
}
