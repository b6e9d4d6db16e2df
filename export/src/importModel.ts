/**
 * Makes a model of the store out of any ONNX image encoder: read, wrap, check, measure, write.
 *
 * @module @plumage/export/import
 */
import { existsSync } from "node:fs";
import {
  type DatasetInfo,
  describeResize,
  type Item,
  type Manifest,
  PlumageError,
  type ResizeStep,
} from "@plumage/models";
import { storePaths } from "@plumage/models/node";
import { heldOutItems, spread } from "./embedder/images.ts";
import { manifestRow } from "./embedder/manifestRow.ts";
import { measureFiles } from "./embedder/measure.ts";
import { variantTable } from "./embedder/table.ts";
import { describeCalibration } from "./embedder/write.ts";
import { wrapAndCheck } from "./import/check.ts";
import { importedGoldens } from "./import/goldens.ts";
import { chooseHead, type Head } from "./import/head.ts";
import { imageInput } from "./import/input.ts";
import type { ImportChoices } from "./import/options.ts";
import { chosenOutput } from "./import/output.ts";
import { readEncoder } from "./import/readEncoder.ts";
import { openReference } from "./import/reference.ts";
import { resizeStep } from "./import/resize.ts";
import { importText } from "./import/text/importText.ts";
import type { TextSource } from "./import/text/options.ts";
import { chosenFiles, encoderFiles } from "./import/variants.ts";
import { type Encoder, withOwnNames } from "./import/wrap.ts";
import { writeImportedModel } from "./import/write.ts";

export { heldOutSchema } from "./embedder/heldOutOption.ts";
export { openSession } from "./embedder/session.ts";
export { encoderFeatures } from "./import/features.ts";
export { type ImportChoices, importOptionTable } from "./import/options.ts";
export { type TextSource, textOptionTable, textSource } from "./import/text/options.ts";

export interface ImportOptions {
  /** The encoder's ONNX file. */
  readonly path: string;
  /** What the graph does not say. */
  readonly choices: ImportChoices;
  /** The text encoder that belongs to it. */
  readonly text?: TextSource | undefined;
  /** A data set to measure and calibrate on, and whose images become goldens. */
  readonly data?: { readonly info: DatasetInfo; readonly items: readonly Item[] } | undefined;
  /** Measure on that many held-out images, spread over all classes. Default: on all. */
  readonly heldOut?: number | undefined;
  /** Aborts the import. Nothing is written then. */
  readonly signal?: AbortSignal;
}

/**
 * Imports an encoder into a store folder: embedder.onnx, model.json and, with a data set,
 * items.jsonl; with a text encoder, text.onnx and tokenizer.json.
 *
 * @param name of the model
 * @param folder models/store/<name>
 * @param print receives progress messages for the user
 * @throws PlumageError "bad-input" if an option is missing or contradicts the graph, or the folder
 * has a trained model; "bad-file" for unusable files; "unsupported" for a graph that is no image
 * encoder or that onnxruntime cannot run; "mismatch" if the wrapped encoder disagrees with it
 */
export async function importModel(
  name: string,
  folder: string,
  print: (line: string) => void,
  { path, choices, text, data, heldOut = Number.POSITIVE_INFINITY, signal }: ImportOptions,
): Promise<Manifest> {
  if (existsSync(storePaths(folder).checkpoint)) {
    const message = `"${name}" is a trained model, whose files an import would replace`;
    throw new PlumageError("bad-input", message, "choose another --name");
  }
  const file = await readEncoder(path);
  const encoder = {
    ...file,
    input: imageInput(file.model.graph, choices),
    output: chosenOutput(file, path, { option: "--output", chosen: choices.output }),
  };
  const named = withOwnNames(encoder);
  const steps = [resizeStep(encoder.input.size, choices)];
  const items = data ? spread(heldOutItems(data.items), heldOut) : [];
  const reference = await openReference(named);
  const prepare = async () => {
    const { input, output } = encoder;
    const head = chooseHead(output, reference.shape, input.layout, choices);
    return { head, goldens: await importedGoldens(reference, head, items, steps) };
  };
  const { head, goldens } = await prepare().finally(() => reference.close());
  print(describe(name, encoder, head, steps));
  signal?.throwIfAborted();
  const wrapped = await wrapAndCheck(named, head, goldens);
  if (wrapped.oneByOne)
    print("the graph's sizes are those of one image: batches are computed image by image");
  const { license } = choices;
  const importedText = text && (await importText(name, text, head.dimension, choices));
  if (importedText) print(importedText.summary);
  signal?.throwIfAborted();
  const imported = { name, path, license, encoder, head, goldens, wrapped, steps, data };
  const files = await encoderFiles(imported, print, signal);
  const shape = { dimension: head.dimension, imageSize: encoder.input.size, steps };
  const { variants, comparison } = await measureFiles(files, items, shape, signal);
  const measured = files.map((file, i) => ({
    ...file,
    row: manifestRow(variants[i]!, file.bytes, file.cosineMin, variants[0]!),
  }));
  const chosen = chosenFiles(measured, print);
  const written = { ...imported, text: importedText };
  const manifest = await writeImportedModel(folder, written, chosen, comparison);
  print(variantTable(manifest.files));
  print(
    data
      ? describeCalibration(manifest.calibration)
      : "neither measured nor calibrated, and no int8: add --dataset NAME",
  );
  return manifest;
}

function describe(
  name: string,
  { input }: Encoder,
  { output, shape, pool, dimension }: Head,
  steps: readonly ResizeStep[],
): string {
  const how = pool === "none" ? "" : `, ${pool} of ${shape.join(" x ")}`;
  return (
    `${name}: ${input.size} px images as ${input.type} ${input.layout}, ` +
    `${dimension}-dimensional embeddings of "${output}"${how}; ${describeResize(steps)}`
  );
}
