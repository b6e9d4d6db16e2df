/** Why an image cannot be indexed: it is gone, cannot be read now, or is not an image. */
import { type Item, isPlumageError } from "@plumage/models";
import type { Skipped } from "./listing.ts";

/** A path that leads nowhere, also because one of its folders is a file now. */
const goneCodes = ["ENOENT", "ENOTDIR"];
/** The content, or the item's box, is at fault. */
const imageCodes = ["bad-image", "bad-input"];

/** For a pipe, a device or a folder in the place of an image. */
export const notAFile = ({ id, path }: Item): Skipped => ({
  id,
  path,
  reason: "this is not a regular file",
  stays: true,
});

/**
 * Describes the error of reading an item's file, or of decoding it. Only a file that is gone and
 * one that is no image are reasons to remove what was indexed before: no permission or a drive that
 * does not answer will pass.
 *
 * @throws any other error, such as that of a thread that stopped
 */
export function readFailure({ id, path }: Item, error: unknown): Skipped {
  const { code, message } = error as Error & { code?: unknown };
  if (isPlumageError(error)) {
    if (!imageCodes.includes(error.code)) throw error;
    return { id, path, reason: message, stays: false };
  }
  if (typeof code !== "string") throw error;
  if (goneCodes.includes(code)) return { id, path, reason: "the file is missing", stays: false };
  return { id, path, reason: `the file cannot be read (${code})`, stays: true };
}
