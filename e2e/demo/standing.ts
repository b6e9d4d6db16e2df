/**
 * What a trained model reached, beside raw pixels and the untrained network, in the lines that the
 * demo ends with.
 */
import { join } from "node:path";
import { readJson } from "@plumage/models/node";
import { z } from "zod";

const reached = z.object({ precisionAt1: z.number() });

/** The part of report.json that is shown; @plumage/train has the whole. */
const schema = z.object({
  dataset: z.object({ test: z.object({ classes: z.int(), items: z.int() }) }),
  metrics: reached,
  baselines: z.object({ rawPixels: reached, untrained: reached }),
});

/** Lines of a small table. @param folder of the model in the store */
export async function standing(folder: string): Promise<string[]> {
  const { dataset, metrics, baselines } = await readJson(
    join(folder, "report.json"),
    schema,
    "run: npm run train",
  );
  const row = (name: string, { precisionAt1 }: z.infer<typeof reached>) =>
    `  ${name.padEnd(19)} ${precisionAt1.toFixed(3)}`;
  return [
    `P@1 on ${dataset.test.items} images of ${dataset.test.classes} classes that training never saw:`,
    row("this model", metrics),
    row("raw pixels", baselines.rawPixels),
    row("untrained network", baselines.untrained),
  ];
}
