/** The demo's closing table: a trained model's accuracy next to its baselines. */
import type { RetrievalMetrics } from "@plumage/models";
import { readReport } from "@plumage/models/node";

/** The table as lines. @param folder the model's */
export async function accuracyLines(folder: string): Promise<string[]> {
  const { dataset, metrics, baselines } = await readReport(folder);
  const row = (name: string, { precisionAt1 }: RetrievalMetrics) =>
    `  ${name.padEnd(19)} ${precisionAt1.toFixed(3)}`;
  return [
    `P@1 on ${dataset.test.items} images of ${dataset.test.classes} held-out classes:`,
    row("this model", metrics),
    row("raw pixels", baselines.rawPixels),
    row("untrained network", baselines.untrained),
  ];
}
