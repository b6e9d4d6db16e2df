/** The items of a gallery that look mislabeled. */
import { setImmediate } from "node:timers/promises";
import { type LabelSuspicion, suspectLabel, suspicionMargin } from "@plumage/models";
import type { ComparedGallery, ComparedItem } from "./comparedGallery.ts";
import { memoizeByGallery } from "./memoizeByGallery.ts";

export interface SuspectItem extends ComparedItem {
  readonly suspicion: LabelSuspicion;
}

/** Items judged per turn of the event loop. */
const itemsPerTurn = 1000;

/** The items whose neighbors vote for another label, most suspicious first. See `suspectLabel`. */
export const suspectItems = memoizeByGallery(
  async ({ items, neighbors }: ComparedGallery): Promise<readonly SuspectItem[]> => {
    const classSizes = new Map<string, number>();
    for (const { label } of items) classSizes.set(label, (classSizes.get(label) ?? 0) + 1);
    const suspects: SuspectItem[] = [];
    for (const [at, item] of items.entries()) {
      if (at % itemsPerTurn === itemsPerTurn - 1) await setImmediate();
      const { indices, scores } = neighbors[at]!;
      const labeled = Array.from(indices, (index, rank) => ({
        label: items[index]!.label,
        score: scores[rank]!,
      }));
      const suspicion = suspectLabel(item.label, labeled, classSizes.get(item.label)!);
      if (suspicion) suspects.push({ ...item, suspicion });
    }
    return suspects.sort(
      (a, b) => suspicionMargin(b.suspicion) - suspicionMargin(a.suspicion) || a.key - b.key,
    );
  },
);
