/** A gallery whose items have been compared with each other. */
import type { NeighborList } from "@plumage/models";

/** What is remembered of an item. */
export interface ComparedItem {
  readonly key: number;
  readonly id: string;
  readonly label: string;
}

/** The items of a gallery at a time, and the neighbors of each. */
export interface ComparedGallery {
  /** In the order in which they were added. */
  readonly items: readonly ComparedItem[];
  /** Positions of each item's nearest; none of an item that has been removed meanwhile. */
  readonly neighbors: readonly NeighborList[];
}
