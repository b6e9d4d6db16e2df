/** Groups of items that show the same, in two tiers. */
import { setImmediate } from "node:timers/promises";
import { type CopyGroup, nearCopies } from "@plumage/models";
import { LRUCache } from "lru-cache";
import type { ComparedGallery, ComparedItem } from "./comparedGallery.ts";

/**
 * Cosines from which two images are of a tier. Measured on 1,005 photos of groceries and 909
 * altered copies of a tenth of them, with two encoders. At the first, 98 % or more of the copies
 * recompressed at quality 50 and of those cropped by 2 % a side were found, and 83 % or more of
 * those halved; of the 505,000 pairs of different photos, 8 and 18 were, none of two products. At
 * the second, 29 and 134 pairs were, 0 and 21 of two products.
 */
export const tierThresholds = { shot: 0.94, scene: 0.92 } as const;

/** An item, and how like the center of its group it is. */
export interface Duplicate extends ComparedItem {
  /** Cosine with the center, which has 1. */
  readonly score: number;
}

/** Thresholds for which groups are kept. */
const maxKept = 4;
const kept = new WeakMap<ComparedGallery, LRUCache<number, Promise<readonly CopyGroup[]>>>();

/** The groups of a gallery, largest first, each with its center first. See `nearCopies`. */
export function duplicateGroups(
  gallery: ComparedGallery,
  threshold: number,
): Promise<readonly CopyGroup[]> {
  const groups = kept.get(gallery) ?? new LRUCache({ max: maxKept });
  kept.set(gallery, groups);
  const found = groups.get(threshold) ?? nearCopies(gallery.neighbors, threshold, setImmediate);
  groups.set(threshold, found);
  return found;
}

/** A group's items. */
export const duplicatesOf = ({ members, scores }: CopyGroup, { items }: ComparedGallery) =>
  members.map((at, rank): Duplicate => ({ ...items[at]!, score: scores[rank]! }));
