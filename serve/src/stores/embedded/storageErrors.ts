/**
 * Errors of SQLite and of the file system, told apart by what a person can do about them. Only a
 * damaged catalog is worth deleting.
 */
import { accessSync, constants, existsSync, statfsSync } from "node:fs";
import { basename, dirname } from "node:path";
import { PlumageError, runHint } from "@plumage/models";

type Kind = "busy" | "denied" | "full" | "damaged" | "foreign" | "unreadable";

/** SQLite's primary result codes (sqlite.org/rescode.html); extended ones add higher bits. */
const kinds: Readonly<Record<number, Kind>> = {
  1: "foreign", // SQLITE_ERROR: tables that are not ours
  3: "denied", // SQLITE_PERM
  5: "busy", // SQLITE_BUSY
  6: "busy", // SQLITE_LOCKED
  8: "denied", // SQLITE_READONLY
  11: "damaged", // SQLITE_CORRUPT
  13: "full", // SQLITE_FULL
  23: "denied", // SQLITE_AUTH
  26: "damaged", // SQLITE_NOTADB
};
const primaryCode = 0xff;

/** libsql reports a file that it cannot open without a code, but for the one in its message. */
const cannotOpen = /^ConnectionFailed\(/;

/** @returns undefined for an error that SQLite did not raise */
function kindOf(error: unknown, path: string): Kind | undefined {
  const { rawCode, message } = error as Error & { rawCode?: number };
  const isSqlite = typeof rawCode === "number" || cannotOpen.test(message);
  if (!isSqlite) return undefined;
  const kind = rawCode === undefined ? undefined : kinds[rawCode & primaryCode];
  if (kind) return kind;
  if (isFull(path)) return "full";
  return canRead(path) ? "unreadable" : "denied";
}

/**
 * Translates an error of the catalog.
 *
 * @param path the catalog's file
 * @returns other errors as they are
 */
export function storageError(error: unknown, path: string): unknown {
  if (error instanceof PlumageError) return error;
  const kind = kindOf(error, path);
  if (!kind) return error;
  const { message } = error as Error;
  const [code, text, hint] = {
    busy: ["unavailable", "another program has locked the catalog", "try again in a moment"],
    denied: ["denied", `${path} cannot be used: no permission, or read-only`, permissionHint],
    full: ["full", `${path} cannot grow: the disk is full`, "free some space and try again"],
    damaged: ["bad-file", `${path} is damaged`, `delete it and ${indexHint(path)}`],
    foreign: ["bad-file", `${path} is not a catalog: ${message}`, "move it away"],
    unreadable: ["bad-file", `${path} cannot be read: ${message}`, "check the disk"],
  }[kind] as [PlumageError["code"], string, string];
  return new PlumageError(code, text, hint, { cause: error });
}

/** @param path models/store/<name>/index/catalogue.db */
const indexHint = (path: string) => runHint("index", basename(dirname(dirname(path))));

/** Whether an error says that a file is in use for the moment. */
export const isBusy = (error: unknown): boolean =>
  kindOf((error as Error).cause ?? error, "") === "busy";

export const permissionHint = "check the owner and the permissions of the file and its folder";

/** Whether files in a folder can be written to; a missing folder counts by its parent. */
export function canWrite(path: string): boolean {
  if (!existsSync(path)) return path === dirname(path) ? false : canWrite(dirname(path));
  return isAccessible(path, constants.W_OK);
}

const canRead = (path: string): boolean =>
  isAccessible(existsSync(path) ? path : dirname(path), constants.R_OK);

function isAccessible(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

function isFull(path: string): boolean {
  try {
    return statfsSync(dirname(path)).bavail === 0;
  } catch {
    return false;
  }
}
