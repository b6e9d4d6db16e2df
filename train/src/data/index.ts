/** The data sets that train knows, by the name that --dataset takes. */
import { PlumageError } from "@plumage/models";
import { csv } from "./csv/index.ts";
import { cub } from "./cub/index.ts";
import type { Dataset, PrepareContext, PreparedDataset } from "./dataset.ts";
import { emoji } from "./emoji/index.ts";
import { folder } from "./folder/index.ts";
import { type DataOptionName, dataOptionTable, noDataOptions } from "./options.ts";

export const datasets = { emoji, cub, folder, csv } as const satisfies Record<string, Dataset>;
export type DatasetName = keyof typeof datasets;
export const datasetNames = Object.keys(datasets) as [DatasetName, ...DatasetName[]];

/**
 * Gets a data set's items ready.
 *
 * @throws PlumageError "mismatch" for a name that is not in the table, "bad-input" for an option
 * that the data set does not take or for a split with nothing in one half, and what the data set
 * throws
 */
export async function prepareDataset(
  name: string,
  context: PrepareContext,
): Promise<PreparedDataset> {
  if (!Object.hasOwn(datasets, name)) {
    throw new PlumageError(
      "mismatch",
      `the data set "${name}" is not known here`,
      `known: ${datasetNames.join(", ")}`,
    );
  }
  const dataset: Dataset = datasets[name as DatasetName];
  for (const option of Object.keys(dataOptionTable) as DataOptionName[]) {
    if (context.options[option] === noDataOptions[option] || dataset.takes.includes(option))
      continue;
    const typed = option === "crop" ? "--no-crop" : `--${option}`;
    const taken = dataset.takes
      .map((each) => (each === "crop" ? "--no-crop" : `--${each}`))
      .join(", ");
    const hint = taken ? `it takes ${taken}` : "leave it out, or choose another --dataset";
    throw new PlumageError("bad-input", `${typed} means nothing to the data set "${name}"`, hint);
  }
  const prepared = await dataset.prepare(context);
  for (const split of context.splits ?? (["train", "test"] as const)) {
    if (prepared.items.some((item) => item.split === split)) continue;
    const purpose = split === "train" ? "to learn from" : "to be held out";
    throw new PlumageError(
      "bad-input",
      `${prepared.info.title}: there is no image ${purpose}`,
      "it needs two classes",
    );
  }
  return prepared;
}
