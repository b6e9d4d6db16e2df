/** Opens the catalog of an embedded store with the access and the lock that a mode requires. */
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { isPlumageError, PlumageError } from "@plumage/models";
import { indexPaths } from "@plumage/models/node";
import type { OpenMode } from "../../collection/collection.ts";
import { Catalog } from "./catalog.ts";
import { lockForChanges, lockForReading, type OwnerLock } from "./ownerLock.ts";
import { retryWhileBusy } from "./retryWhileBusy.ts";
import { canWrite, permissionHint } from "./storageErrors.ts";

export interface OpenStore {
  readonly catalog: Catalog;
  /** Whether this process owns the store and may change it. */
  readonly canWrite: boolean;
  close(): void;
}

/**
 * "index" requires write access; "serve" does without, or on a full disk, and then changes nothing;
 * "read" never changes anything, and shares the store with its owner.
 *
 * @param hint what to do if there is no catalog
 */
export async function openStore(folder: string, mode: OpenMode, hint: string): Promise<OpenStore> {
  const path = indexPaths(folder).catalog;
  if (mode !== "index" && !existsSync(path))
    throw new PlumageError("bad-file", `there is no index in ${dirname(path)}`, hint);
  const isWritable = canWrite(folder) && canWrite(path);
  if (mode === "index" && !isWritable)
    throw new PlumageError("denied", `${folder} cannot be written to`, permissionHint);
  if (!isWritable || mode !== "serve") return openAs(folder, mode, isWritable);
  try {
    return await openAs(folder, mode, true);
  } catch (error) {
    if (!isPlumageError(error) || error.code !== "full") throw error;
    return openAs(folder, mode, false);
  }
}

async function openAs(folder: string, mode: OpenMode, isWritable: boolean): Promise<OpenStore> {
  const lock = takeLock(folder, mode, isWritable);
  try {
    const path = indexPaths(folder).catalog;
    const catalog = await retryWhileBusy(() => new Catalog(path, !isWritable));
    return {
      catalog,
      canWrite: isWritable && mode !== "read",
      close() {
        catalog.close();
        lock?.release();
      },
    };
  } catch (error) {
    lock?.release();
    throw error;
  }
}

function takeLock(folder: string, mode: OpenMode, isWritable: boolean): OwnerLock | undefined {
  if (mode === "read") return undefined;
  if (isWritable) return lockForChanges(folder, `npm run ${mode}`);
  return existsSync(indexPaths(folder).lock) ? lockForReading(folder) : undefined;
}
