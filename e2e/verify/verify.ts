/** Runs every file of a model on every runtime and compares the answers with the goldens. */
import { readManifest } from "@plumage/models/node";
import { heldOutGallery } from "../support/heldOut.ts";
import { agrees, type Check, compare, type VerifyRow } from "./compare.ts";
import { checkFiles } from "./files.ts";
import { nameOf } from "./matrix.ts";
import type { Runtimes } from "./runtimes.ts";

export interface Verification {
  readonly rows: readonly VerifyRow[];
  readonly checks: readonly Check[];
  /** Whether every row agrees with the goldens. */
  readonly isCorrect: boolean;
}

/** Images in the gallery: enough for a meaningful top ten. */
const gallerySize = 200;

/**
 * @param folder the model's
 * @param open called once the files are known to be those of the manifest
 * @param onAbsent gets a line for each variant and provider that cannot be checked
 * @throws PlumageError if a file is missing or differs from the manifest
 */
export async function verifyModel(
  folder: string,
  open: () => Promise<Runtimes>,
  signal: AbortSignal,
  onAbsent: (line: string) => void,
): Promise<Verification> {
  const manifest = await readManifest(folder);
  const { files, goldens, text } = manifest;
  const checks: Check[] = [
    ...files.map((file) => ({ input: "image" as const, file, goldens })),
    ...(text?.files ?? []).map((file) => ({
      input: "text" as const,
      file,
      goldens: text!.goldens,
    })),
  ];
  await checkFiles(folder, manifest);
  const gallery = await heldOutGallery(folder, manifest, gallerySize);
  const runtimes = await open();
  const rows: VerifyRow[] = [];
  let isCorrect = true;
  try {
    for (const { name, run } of runtimes.table) {
      for (const check of checks) {
        signal.throwIfAborted();
        const { input, file } = check;
        // A text encoder has its weights in half precision, but computes in single.
        const outcome = await run(file.file, input === "image" && file.variant === "fp16");
        if ("absent" in outcome) {
          const { variant } = file;
          onAbsent(`not checked: ${nameOf({ input, variant })} on ${name}: ${outcome.absent}`);
          continue;
        }
        const row = compare(name, check, outcome.answer, gallery);
        rows.push(row);
        isCorrect &&= agrees(row, check);
      }
    }
  } finally {
    await runtimes.close();
  }
  return { rows, checks, isCorrect };
}
