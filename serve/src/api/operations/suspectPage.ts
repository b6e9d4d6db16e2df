/** A page of the items that look mislabeled. */
import type { Collection } from "../../collection/collection.ts";
import type { ComparedGallery } from "../../neighbors/comparedGallery.ts";
import { type SuspectItem, suspectItems } from "../../neighbors/suspects.ts";
import { type PresentItem, presentItems } from "./presentItems.ts";

export interface SuspectPage {
  readonly present: readonly PresentItem<SuspectItem>[];
  /** Suspects in all. */
  readonly total: number;
  /** `after` of the next page; null on the last. */
  readonly next: number | null;
}

/** @param after rank of the last suspect of the page before; -1 on the first */
export async function suspectPage(
  collection: Collection,
  compared: ComparedGallery,
  after: number,
  limit: number,
): Promise<SuspectPage> {
  const suspects = await suspectItems(compared);
  const page = suspects.slice(after + 1, after + 1 + limit);
  const { present, looked } = await presentItems(collection, page);
  const last = after + looked;
  const next = last + 1 < suspects.length ? last : null;
  return { present, total: suspects.length, next };
}
