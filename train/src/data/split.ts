/**
 * Class-disjoint halves: what is measured was never learned (the split of CUB's 100 / 100 and of the
 * tutorial).
 */
import { type Item, PlumageError, type Split } from "@plumage/models";

/**
 * The first half of the classes, in the order given, is for training; of an odd number it has one
 * more.
 */
export function classHalves(labels: Iterable<string>): (label: string) => Split {
  const order = new Map<string, number>();
  for (const label of labels) if (!order.has(label)) order.set(label, order.size);
  const half = Math.ceil(order.size / 2);
  return (label) => (order.get(label)! < half ? "train" : "test");
}

/**
 * Takes the last classes, by first appearance, from the training items: to evaluate a run along the
 * way, and to choose its best checkpoint, by classes that it did not learn and that its final
 * figures are not of.
 *
 * @throws PlumageError "bad-input" if fewer than two classes would be left to train on
 */
export function takeValidation(
  items: readonly Item[],
  classes: number,
): { train: Item[]; validation: Item[] } {
  const labels = [...new Set(items.map(({ label }) => label))];
  if (labels.length - classes < 2) {
    const hint = `use at most ${Math.max(0, labels.length - 2)}`;
    throw new PlumageError(
      "bad-input",
      `--validation ${classes} of ${labels.length} training classes`,
      hint,
    );
  }
  const taken = new Set(labels.slice(labels.length - classes));
  return {
    train: items.filter(({ label }) => !taken.has(label)),
    validation: items.filter(({ label }) => taken.has(label)),
  };
}
