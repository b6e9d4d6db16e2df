/** Tells whether a step's output is up to date, by a digest of all that it depends on. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";

const skipped = new Set(["node_modules", "dist", ".tmp"]);

/** Paths of the files below a folder, relative to the root and sorted; a file is its own list. */
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
 * @param root folder that the sources are relative to
 * @param sources folders or files whose content counts; test files do not
 * @param args anything else that counts: command-line arguments, the previous step's stamp
 */
export async function stampOf(
  root: string,
  sources: readonly string[],
  args: readonly string[],
): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify(args));
  for (const source of sources) {
    for (const path of await filesUnder(root, source)) {
      if (path.endsWith(".test.ts")) continue;
      hash.update(`\n${path}\n`).update(await readFile(join(root, path)));
    }
  }
  return hash.digest("hex");
}
