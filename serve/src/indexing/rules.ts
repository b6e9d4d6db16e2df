/** Which items a run may change. */
import type { ChangedItem } from "./findChanges.ts";

export interface IndexRules {
  /** Whether this run is responsible for an item. */
  readonly owns: (id: string) => boolean;
  /** The files, among changed ones, that are complete. */
  readonly settled: (changed: readonly ChangedItem[]) => readonly ChangedItem[];
  /** The items, among those whose images are gone, that may be removed. */
  readonly expired: (ids: readonly string[]) => readonly string[];
}

/** All of them, at once. */
export const everything: IndexRules = {
  owns: () => true,
  settled: (changed) => changed,
  expired: (ids) => ids,
};
