/** A run that has come to its end, as its report needs it. */
import type { DatasetInfo, Item } from "@plumage/models";
import type { Engine } from "../engine/engine.ts";
import type { Checkpoint } from "../run/checkpoint.ts";
import type { RunSource } from "../run/source.ts";

export interface FinishedRun {
  readonly name: string;
  readonly folder: string;
  readonly checkpoint: Checkpoint;
  readonly engine: Engine;
  readonly source: RunSource;
  readonly info: DatasetInfo;
  readonly trainItems: readonly Item[];
  readonly testItems: readonly Item[];
  readonly started: Date;
  readonly signal: AbortSignal;
}
