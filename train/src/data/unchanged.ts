/**
 * A run that goes on must see the images that it began with: another order or number of them is
 * another sequence of batches.
 */
import { type Item, PlumageError } from "@plumage/models";
import { readItems } from "@plumage/models/node";

/** What decides which batches are made. */
const essence = ({ id, label, split, role, box }: Item): string =>
  JSON.stringify([id, label, split, role ?? null, box ?? null]);

/**
 * Holds the items against those that a run wrote down when it began.
 *
 * @param path items.jsonl of the run
 * @throws PlumageError "mismatch" that names the first image that is new, gone or changed
 */
export async function assertUnchanged(path: string, items: readonly Item[]): Promise<void> {
  const before = await readItems(path);
  const at = Array.from({ length: Math.max(items.length, before.length) }, (_, i) => i).find(
    (i) => {
      const [was, is] = [before[i], items[i]];
      return !was || !is || essence(was) !== essence(is);
    },
  );
  if (at === undefined) return;
  throw new PlumageError(
    "mismatch",
    `the data set has changed since the run began, from ${before.length} images to ${items.length}; first at ${(items[at] ?? before[at])!.id}`,
    "put it back as it was, or train from the start, without --resume",
  );
}
