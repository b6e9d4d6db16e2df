/** Ids from paths: unique in a data set, fit for a URL, and the same wherever the data set lies. */
import { sha256 } from "@plumage/models/node";

/** Leaves room for the digest under the 200 characters of an id. */
const longest = 180;

/**
 * An id for each path. Folders are joined by dots; where letters are lost by that, or two paths
 * become alike, a piece of the path's digest tells them apart.
 *
 * @param paths relative to the data set's root, different from each other
 */
export function itemIds(paths: readonly string[]): string[] {
  const plain = paths.map((path) => path.replaceAll(/[/\\]/g, "."));
  const uses = new Map<string, number>();
  for (const id of plain) uses.set(id, (uses.get(id) ?? 0) + 1);
  return plain.map((id, i) => {
    const safe = id.replaceAll(/[^A-Za-z0-9._-]/g, "-").slice(0, longest);
    if (safe === id && uses.get(id) === 1 && !id.startsWith(".")) return id;
    // Without the leading dots, which have a meaning of their own in a URL.
    return `${safe.replace(/^\.+/, "")}~${sha256(Buffer.from(paths[i]!)).slice(0, 12)}`;
  });
}
