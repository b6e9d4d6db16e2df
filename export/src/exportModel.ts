/** Exports a trained model as ONNX: record, check, make variants, measure, write. */
import { type Manifest, resizeSteps, type VariantName } from "@plumage/models";
import { readItems } from "@plumage/models/node";
import { checkEmbedder } from "./embedder/check.ts";
import { makeGoldens } from "./embedder/goldens.ts";
import { measuredItems } from "./embedder/heldOut.ts";
import { measureVariants } from "./embedder/measure.ts";
import { recordGraph } from "./embedder/record.ts";
import { readTrained } from "./embedder/trained.ts";
import { makeVariants } from "./embedder/variants.ts";
import { writeModelFiles } from "./embedder/write.ts";
import { exportHead } from "./head/exportHead.ts";
import { writeOnnx } from "./recorder/index.ts";

export interface ExportOptions {
  /** Variants to write. fp32 is always written, as the others are compared with it. */
  readonly variants: readonly VariantName[];
  /** Write variants however much quality they lose. */
  readonly allowLoss: boolean;
  /** Export the best checkpoint of the run instead of the last. */
  readonly best?: boolean;
  /** Measure the variants on this many held-out images. Default: by the image size. */
  readonly heldOut?: number | undefined;
  /** Aborts the export. Nothing is written then. */
  readonly signal?: AbortSignal;
}

/**
 * Exports the model of a store folder: embedder*.onnx and model.json. Removes files of variants
 * that it does not write, as they would belong to another checkpoint.
 *
 * @param name of the model
 * @param folder models/store/<name>
 * @param print receives progress messages for the user
 * @throws PlumageError "bad-file" if the checkpoint or the items are unusable, "mismatch" if the
 * fp32 file disagrees with the trained network
 */
export async function exportModel(
  name: string,
  folder: string,
  print: (line: string) => void,
  { variants, allowLoss, best = false, heldOut, signal }: ExportOptions = {
    variants: ["fp32"],
    allowLoss: false,
  },
): Promise<Manifest> {
  const model = await readTrained(folder, best ? "best" : "last");
  const { architecture, dataset, iterations } = model;
  const steps = resizeSteps(architecture);
  print(
    `${name}: ${dataset.title}, ${architecture.imageSize} px images, ` +
      `${architecture.dimension}-dimensional embeddings, trained for ${iterations} iterations`,
  );
  const items = await readItems(folder);

  const measuring = measuredItems(items, architecture, heldOut);
  if (architecture.name === "encoder-head") {
    const head = { ...model, architecture };
    const common = { name, folder, items, variants, allowLoss, signal, print };
    return exportHead({ ...common, model: head, measured: measuring });
  }
  const network = { ...model, architecture };
  const goldens = await makeGoldens(network, items, steps);
  const fp32 = recordGraph(network);
  const cosineMin = await checkEmbedder(writeOnnx(fp32), goldens, architecture);
  const made = await makeVariants(fp32, variants, items, steps, signal);
  const measured = await measureVariants(made, measuring, architecture, signal);
  return writeModelFiles({ name, folder, model, goldens, cosineMin, allowLoss, print }, measured);
}
