/** Whether a folder is as it was, without asking the store. */
import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import type { Listing } from "../listing.ts";

/** A digest of the ids, sizes and times of all listed files, and of what cannot be read. */
export async function snapshotOf({ items, unread }: Listing, signal: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  for (const { id, path } of items) {
    signal.throwIfAborted();
    const file = await stat(path).then(
      ({ size, mtimeMs }) => `${size} ${mtimeMs}`,
      ({ code }: NodeJS.ErrnoException) => String(code),
    );
    hash.update(`${id}\0${file}\n`);
  }
  return hash.update(unread.join("\0")).digest("hex");
}
