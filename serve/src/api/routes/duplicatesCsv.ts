/** Duplicates as a table (RFC 4180), line by line. */
import type { PresentGroup } from "../operations/presentGroups.ts";

const columns = ["group", "best", "id", "label", "score", "width", "height", "bytes"] as const;

/** A cell; quoted if it has to be. */
const cell = (value: string | number): string => {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};
const line = (values: readonly (string | number)[]) => `${values.map(cell).join(",")}\r\n`;

/** The lines of each group at once. Groups are counted from 1; of each, the first is the best. */
export async function* duplicatesCsv(
  groups: AsyncIterable<PresentGroup>,
): AsyncGenerator<string, void, undefined> {
  yield line(columns);
  for await (const { rank, duplicates } of groups) {
    const rows = duplicates.map(({ item, score, size }, at) =>
      line([
        rank + 1,
        at === 0 ? "yes" : "no",
        item.id,
        item.label,
        score.toFixed(4),
        size?.width ?? "",
        size?.height ?? "",
        item.bytes,
      ]),
    );
    yield rows.join("");
  }
}
