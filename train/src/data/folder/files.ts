/** All files below a folder, in one order on every machine. */
import { readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { PlumageError } from "@plumage/models";
import { isMissing } from "@plumage/models/node";

/**
 * Links are followed, but never in a circle; hidden files and folders are left out.
 *
 * @returns paths relative to the folder, with slashes, folder by folder, sorted by their code units
 * (no locale has a say)
 * @throws PlumageError "bad-file" where the folder, or one in it, cannot be read
 */
export async function filesBelow(root: string): Promise<string[]> {
  const files: string[] = [];
  const walk = async (folder: string, ancestors: readonly string[]): Promise<void> => {
    const here = await realpath(join(root, folder));
    if (ancestors.includes(here)) return;
    const entries = await readdir(here);
    for (const name of entries.sort()) {
      if (name.startsWith(".")) continue;
      const file = folder ? `${folder}/${name}` : name;
      // A link to nowhere stays in the list: what it should be an image of is missing, and is
      // reported as that.
      const status = await stat(join(root, file)).catch(() => undefined);
      if (status?.isDirectory()) await walk(file, [...ancestors, here]);
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
        ? "is no folder"
        : `cannot be read (${code})`;
    throw new PlumageError("bad-file", `${path ?? root} ${reason}`, "see --root", { cause: error });
  }
  return files;
}
