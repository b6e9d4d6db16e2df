/** Refuses to resume a run on other images: their order and number determine every batch. */
import { type Item, PlumageError } from "@plumage/models";
import { readItems } from "@plumage/models/node";

/** The fields that determine the batches; a data set may move to another folder. */
const batchKey = ({ id, label, split, role, box }: Item): string =>
  JSON.stringify([id, label, split, role ?? null, box ?? null]);

/**
 * Compares the items with those that the run recorded when it started.
 *
 * @param folder models/store/<name>
 * @throws PlumageError "mismatch" that names the first item that was added, removed or changed
 */
export async function assertUnchanged(folder: string, items: readonly Item[]): Promise<void> {
  const before = await readItems(folder);
  const positions = Array.from({ length: Math.max(items.length, before.length) }, (_, i) => i);
  const changed = positions.find((i) => {
    const [old, current] = [before[i], items[i]];
    return !old || !current || batchKey(old) !== batchKey(current);
  });
  if (changed === undefined) return;
  const { id } = (items[changed] ?? before[changed])!;
  throw new PlumageError(
    "mismatch",
    `the data set has changed since the run started, ` +
      `from ${before.length} images to ${items.length}; first difference at ${id}`,
    "restore it, or train from the start without --resume",
  );
}
