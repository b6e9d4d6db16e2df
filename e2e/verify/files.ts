/** Whether the files of a model are those that its manifest describes. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Manifest, PlumageError } from "@plumage/models";
import { sha256File } from "@plumage/models/node";

/**
 * @throws PlumageError "mismatch" that names a file that is missing, damaged or another; "bad-file"
 * where goldens cannot be checked
 */
export async function checkFiles(folder: string, { files, goldens }: Manifest): Promise<void> {
  const hint = "run: npm run export";
  for (const { file, sha256 } of files) {
    const path = join(folder, file);
    if (!existsSync(path))
      throw new PlumageError("mismatch", `${file} is missing, though model.json lists it`, hint);
    if ((await sha256File(path)) !== sha256)
      throw new PlumageError("mismatch", `${file} is not the file that model.json describes`, hint);
  }
  if (!files.some(({ variant }) => variant === "fp32"))
    throw new PlumageError("bad-file", "model.json lists no fp32 file", hint);
  if (!goldens.every(({ picture }) => picture))
    throw new PlumageError(
      "bad-file",
      "model.json's goldens have no images: an older export wrote it",
      hint,
    );
}
