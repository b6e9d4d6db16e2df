/** The data sets that train knows, by the name that --dataset takes. */
import type { Dataset } from "./dataset.ts";
import { emoji } from "./emoji/index.ts";

export const datasets = { emoji } as const satisfies Record<string, Dataset>;
export type DatasetName = keyof typeof datasets;
