/**
 * What a trained model reached, beside raw pixels and the untrained network, in the lines that the
 * demo ends with.
 */
import type { RetrievalMetrics } from "@plumage/models";
import { readReport } from "@plumage/models/node";

/** Lines of a small table. @param folder of the model in the store */
export async function standing(folder: string): Promise<string[]> {
  const { dataset, metrics, baselines } = await readReport(folder);
  const row = (name: string, { precisionAt1 }: RetrievalMetrics) =>
    `  ${name.padEnd(19)} ${precisionAt1.toFixed(3)}`;
  return [
    `P@1 on ${dataset.test.items} images of ${dataset.test.classes} classes that training never saw:`,
    row("this model", metrics),
    row("raw pixels", baselines.rawPixels),
    row("untrained network", baselines.untrained),
  ];
}
