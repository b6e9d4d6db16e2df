/**
 * The lock of an embedded store: one process changes it, or any number read it without changing
 * anything. SQLite holds the lock, so the system releases it when the process ends in any way.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { PlumageError } from "@plumage/models";
import { indexPaths } from "@plumage/models/node";
import { z } from "zod";
import { CatalogDatabase } from "./catalogDatabase.ts";
import { isBusy } from "./storageErrors.ts";

const ownerSchema = z.object({
  command: z.string(),
  pid: z.int(),
  host: z.string(),
  since: z.iso.datetime(),
});
type Owner = z.infer<typeof ownerSchema>;

export interface OwnerLock {
  release(): void;
}

/**
 * Takes the lock to change a store.
 *
 * @param folder of the index; created if it is missing
 * @param command what other processes are told
 * @throws PlumageError "unavailable", naming the process that has it
 */
export function lockForChanges(folder: string, command: string): OwnerLock {
  const { lock, owner } = indexPaths(folder);
  mkdirSync(dirname(lock), { recursive: true });
  // Without a journal, the lock needs no space on the disk.
  const held = hold(folder, false, "PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE");
  const self: Owner = {
    ...{ command, pid: process.pid, host: hostname() },
    since: new Date().toISOString(),
  };
  try {
    writeFileSync(owner, `${JSON.stringify(self)}\n`);
  } catch {
    // It only tells other processes whom they wait for; the disk may be full.
  }
  return held;
}

/** Takes the lock to read a store that this process cannot write to. */
export function lockForReading(folder: string): OwnerLock {
  return hold(folder, true, "BEGIN; SELECT count(*) FROM sqlite_master");
}

function hold(folder: string, isReadOnly: boolean, sql: string): OwnerLock {
  const database = new CatalogDatabase(indexPaths(folder).lock, isReadOnly);
  try {
    database.exec(sql);
  } catch (error) {
    database.close();
    throw isBusy(error) ? inUse(folder) : error;
  }
  return { release: () => database.close() };
}

function inUse(folder: string): PlumageError {
  const owner = currentOwner(folder);
  const who = owner
    ? `${owner.command} (process ${owner.pid} on ${owner.host}, since ${owner.since})`
    : "another process";
  return new PlumageError(
    "unavailable",
    `the index is already in use by ${who}`,
    "stop it first, or share a gallery with --store postgres://...",
  );
}

/** Who took the lock last; undefined if that is not known. */
export function currentOwner(folder: string): Owner | undefined {
  try {
    return ownerSchema.parse(JSON.parse(readFileSync(indexPaths(folder).owner, "utf8")));
  } catch {
    return undefined;
  }
}
