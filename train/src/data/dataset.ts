/** What a data set provides to the rest of the package. */
import type { DatasetInfo, Item, Split } from "@plumage/models";
import type { DataOptionName, DataOptions } from "./options.ts";

export interface PrepareContext {
  /** Aborts a download or rendering; finished files stay. */
  readonly signal: AbortSignal;
  readonly print: (line: string) => void;
  readonly options: DataOptions;
  /** Splits that must not be empty. Default: both. */
  readonly splits?: readonly Split[];
}

export interface PreparedDataset {
  readonly info: DatasetInfo;
  readonly items: readonly Item[];
}

export interface Dataset {
  readonly title: string;
  /** The options that apply to it; any other is an error. */
  readonly takes: readonly DataOptionName[];
  /** Downloads or renders missing files. Long work shows progress and can be interrupted. */
  prepare(context: PrepareContext): Promise<PreparedDataset>;
}
