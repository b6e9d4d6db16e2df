/** Lists the files below a folder in an order that is the same on every machine. */
import { readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { PlumageError } from "@plumage/models";
import { isMissing } from "@plumage/models/node";

/**
 * Lists files recursively. Follows links except into a parent folder; skips hidden files and
 * folders.
 *
 * @returns paths relative to the folder, with slashes, sorted by code units within each folder
 * @throws PlumageError "bad-file" if the folder, or one below it, cannot be read
 */
export async function filesBelow(root: string): Promise<string[]> {
  const files: string[] = [];
  const walk = async (folder: string, ancestors: readonly string[]): Promise<void> => {
    const target = await realpath(join(root, folder));
    if (ancestors.includes(target)) return;
    const entries = await readdir(target);
    for (const name of entries.sort()) {
      if (name.startsWith(".")) continue;
      const file = folder ? `${folder}/${name}` : name;
      // A dangling link stays in the list; the image check reports it as missing.
      const status = await stat(join(root, file)).catch(() => undefined);
      if (status?.isDirectory()) await walk(file, [...ancestors, target]);
      else if (!status || status.isFile()) files.push(file);
    }
  };
  try {
    await walk("", []);
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const reason = isMissing(error)
      ? "is missing"
      : code === "ENOTDIR"
        ? "is not a folder"
        : `cannot be read (${code})`;
    throw new PlumageError("bad-file", `${path ?? root} ${reason}`, "check --root", {
      cause: error,
    });
  }
  return files;
}
