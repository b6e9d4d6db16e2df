/**
 * Ids from paths: unique in a data set, URL-safe, and independent of where the data set is stored.
 */
import { sha256 } from "../../store/node/files.ts";

/** An id has at most 200 characters; the rest is room for the digest. */
const maxLength = 180;

/**
 * Makes an id for each path by joining folders with dots. Where that loses characters, or makes two
 * paths alike, part of the path's digest is appended.
 *
 * @param paths distinct, relative to the data set's root
 */
export function itemIds(paths: readonly string[]): string[] {
  const dotted = paths.map((path) => path.replaceAll(/[/\\]/g, "."));
  const uses = new Map<string, number>();
  for (const id of dotted) uses.set(id, (uses.get(id) ?? 0) + 1);
  return dotted.map((id, i) => {
    const safe = id.replaceAll(/[^A-Za-z0-9._-]/g, "-").slice(0, maxLength);
    if (safe === id && uses.get(id) === 1 && !id.startsWith(".")) return id;
    // A leading dot segment would be resolved away in a URL.
    return `${safe.replace(/^\.+/, "")}~${sha256(Buffer.from(paths[i]!)).slice(0, 12)}`;
  });
}
