/** Whether the files of a model are those that its manifest describes. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Manifest, PlumageError, variantFile } from "@plumage/models";
import { sha256File } from "@plumage/models/node";

/**
 * @throws PlumageError "mismatch" that names a file that is missing, damaged or another; "bad-file"
 * where goldens cannot be checked
 */
export async function checkFiles(folder: string, manifest: Manifest): Promise<void> {
  const { files, goldens } = manifest;
  const hint = "run: npm run export";
  for (const { file, sha256 } of files) {
    const path = join(folder, file);
    if (!existsSync(path))
      throw new PlumageError("mismatch", `${file} is missing, though model.json lists it`, hint);
    if ((await sha256File(path)) !== sha256)
      throw new PlumageError("mismatch", `${file} is not the file that model.json describes`, hint);
  }
  variantFile(manifest);
  if (!goldens.every(({ picture }) => picture))
    throw new PlumageError(
      "bad-file",
      "model.json's goldens have no images: an older export wrote it",
      hint,
    );
}
