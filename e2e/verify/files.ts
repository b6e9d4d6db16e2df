/** Checks that a model's files are those in its manifest. */
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { type Manifest, PlumageError, variantFile, writeAgainHint } from "@plumage/models";
import { sha256File } from "@plumage/models/node";

/**
 * @throws PlumageError "mismatch" with the name of a file that is missing or differs; "bad-file" if
 * the goldens cannot be checked
 */
export async function checkFiles(folder: string, manifest: Manifest): Promise<void> {
  const { files, goldens, text } = manifest;
  const hint = writeAgainHint(manifest, basename(folder));
  for (const { file, sha256 } of [...files, ...(text ? [...text.files, text.tokenizer] : [])]) {
    const path = join(folder, file);
    if (!existsSync(path))
      throw new PlumageError("mismatch", `${file} is in model.json but does not exist`, hint);
    if ((await sha256File(path)) !== sha256)
      throw new PlumageError("mismatch", `${file} is not the file that model.json describes`, hint);
  }
  variantFile(manifest);
  if (!goldens.every(({ picture }) => picture))
    throw new PlumageError(
      "bad-file",
      "model.json has goldens without images: it comes from an older export",
      hint,
    );
}
