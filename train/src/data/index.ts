/** The data sets by the name that --dataset takes. */
import { PlumageError } from "@plumage/models";
import { csv } from "./csv/index.ts";
import { cub } from "./cub/index.ts";
import type { Dataset, PrepareContext, PreparedDataset } from "./dataset.ts";
import { emoji } from "./emoji/index.ts";
import { folder } from "./folder/index.ts";
import { type DataOptionName, dataOptionTable, defaultDataOptions } from "./options.ts";

export const datasets = { emoji, cub, folder, csv } as const satisfies Record<string, Dataset>;
export type DatasetName = keyof typeof datasets;
export const datasetNames = Object.keys(datasets) as [DatasetName, ...DatasetName[]];

/**
 * Prepares a data set and returns its items.
 *
 * @throws PlumageError "mismatch" for an unknown name, "bad-input" for an option that does not
 *   apply or an empty split, and whatever the data set throws
 */
export async function prepareDataset(
  name: string,
  context: PrepareContext,
): Promise<PreparedDataset> {
  if (!Object.hasOwn(datasets, name)) {
    throw new PlumageError(
      "mismatch",
      `unknown data set "${name}"`,
      `use one of: ${datasetNames.join(", ")}`,
    );
  }
  const dataset: Dataset = datasets[name as DatasetName];
  assertOptionsApply(name, dataset, context.options);
  const prepared = await dataset.prepare(context);
  for (const split of context.splits ?? (["train", "test"] as const)) {
    if (prepared.items.some((item) => item.split === split)) continue;
    throw new PlumageError(
      "bad-input",
      `${prepared.info.title}: no image is left for the ${split} split`,
      "it needs at least two classes",
    );
  }
  return prepared;
}

function assertOptionsApply(
  name: string,
  { takes }: Dataset,
  options: PrepareContext["options"],
): void {
  for (const option of Object.keys(dataOptionTable) as DataOptionName[]) {
    if (options[option] === defaultDataOptions[option] || takes.includes(option)) continue;
    const accepted = takes.map(flagOf).join(", ");
    throw new PlumageError(
      "bad-input",
      `${flagOf(option)} does not apply to the data set "${name}"`,
      accepted ? `it takes ${accepted}` : "remove the option, or choose another --dataset",
    );
  }
}

const flagOf = (option: DataOptionName): string =>
  option === "crop" ? "--no-crop" : `--${option}`;
