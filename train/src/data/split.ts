/** Class-disjoint splits: no class is in both halves, as with CUB's 100 / 100 classes. */
import { type Item, PlumageError, type Split } from "@plumage/models";

/**
 * Assigns the first half of the classes, in the order given, to training and the rest to testing.
 * With an odd number of classes, training gets one more.
 */
export function splitByClass(labels: Iterable<string>): (label: string) => Split {
  const order = new Map<string, number>();
  for (const label of labels) if (!order.has(label)) order.set(label, order.size);
  const half = Math.ceil(order.size / 2);
  return (label) => (order.get(label)! < half ? "train" : "test");
}

/**
 * Moves the last classes, by first appearance, from training to validation. Choosing the best
 * checkpoint by classes that are neither trained on nor reported keeps the final figures unbiased.
 *
 * @throws PlumageError "bad-input" if fewer than two classes would remain for training
 */
export function splitValidation(
  items: readonly Item[],
  classes: number,
): { train: Item[]; validation: Item[] } {
  const labels = [...new Set(items.map(({ label }) => label))];
  if (labels.length - classes < 2) {
    throw new PlumageError(
      "bad-input",
      `--validation ${classes} of ${labels.length} training classes`,
      `use at most ${Math.max(0, labels.length - 2)}`,
    );
  }
  const validationLabels = new Set(labels.slice(labels.length - classes));
  return {
    train: items.filter(({ label }) => !validationLabels.has(label)),
    validation: items.filter(({ label }) => validationLabels.has(label)),
  };
}

export const classCount = (items: readonly Item[]): number =>
  new Set(items.map(({ label }) => label)).size;
