/** The result of indexing, as lines to print. */
import { printableName } from "@plumage/models/cli";
import type { IndexResult } from "./indexItems.ts";

/** Skipped images that are listed; the others are only counted. */
const maxListed = 5;

export function describeResult(result: IndexResult): string[] {
  const { embedded, unchanged, removed, skipped, kept } = result;
  return [
    ...skipped
      .slice(0, maxListed)
      .map(({ path, reason }) => `skipped ${printableName(path)}: ${reason}`),
    ...(skipped.length > maxListed ? [`... and ${skipped.length - maxListed} more`] : []),
    `${embedded} embedded, ${unchanged} unchanged, ${removed} removed, ${skipped.length} skipped` +
      (kept > 0 ? `, ${kept} kept because they cannot be read now` : ""),
  ];
}
