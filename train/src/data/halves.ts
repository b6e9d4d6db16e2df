/** Class-disjoint halves: what is measured was never learnt (the split of CUB's 100 / 100 and of the tutorial). */
import type { Split } from "@plumage/models";

/** The first half of the classes, in the order given, is for training; of an odd number it has one more. */
export function classHalves(labels: Iterable<string>): (label: string) => Split {
  const order = new Map<string, number>();
  for (const label of labels) if (!order.has(label)) order.set(label, order.size);
  const half = Math.ceil(order.size / 2);
  return (label) => (order.get(label)! < half ? "train" : "test");
}
