/**
 * What a data set is to the rest of the trainer: a name and a way to get its items ready on this
 * disk.
 */
import type { DatasetInfo, Item, Split } from "@plumage/models";
import type { DataOptionName, DataOptions } from "./options.ts";

export interface PrepareContext {
  /** Aborts a download or a rendering; what is finished stays. */
  readonly signal: AbortSignal;
  readonly print: (line: string) => void;
  readonly options: DataOptions;
  /** Halves that must hold an image; default both. */
  readonly splits?: readonly Split[];
}

export interface PreparedDataset {
  readonly info: DatasetInfo;
  readonly items: readonly Item[];
}

export interface Dataset {
  readonly title: string;
  /** The options that mean something to it; others are refused. */
  readonly takes: readonly DataOptionName[];
  /**
   * Downloads or renders what is not there yet. Long work shows progress and can be interrupted.
   */
  prepare(context: PrepareContext): Promise<PreparedDataset>;
}
