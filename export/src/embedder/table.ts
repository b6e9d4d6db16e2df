/** Formats the variants of an export as a table. */
import type { ManifestFile } from "@plumage/models";

const signed = (points: number | undefined): string | undefined =>
  points === undefined ? undefined : `${points < 0 ? "-" : "+"}${Math.abs(points).toFixed(2)}`;

interface Column {
  readonly heading: string;
  /** Undefined if not measured. A column without any measured cell is omitted. */
  cell(row: ManifestFile): string | undefined;
}

/** Differences ("diff") are in percentage points, relative to fp32. */
const columns: readonly Column[] = [
  { heading: "file", cell: ({ file }) => file },
  { heading: "MB", cell: ({ bytes }) => (bytes / 1e6).toFixed(1) },
  { heading: "images/s here", cell: ({ imagesPerSecond }) => imagesPerSecond?.toFixed(0) },
  { heading: "cosine min", cell: ({ cosineMin }) => cosineMin.toFixed(6) },
  { heading: "mean", cell: ({ cosineMean }) => cosineMean?.toFixed(6) },
  { heading: "P@1", cell: ({ precisionAt1 }) => precisionAt1?.toFixed(4) },
  { heading: "diff", cell: ({ precisionAt1Delta }) => signed(precisionAt1Delta) },
  { heading: "R@4", cell: ({ recallAt4 }) => recallAt4?.toFixed(4) },
  { heading: "diff", cell: ({ recallAt4Delta }) => signed(recallAt4Delta) },
];

/** One line per variant below a heading; numbers are right-aligned. */
export function variantTable(rows: readonly ManifestFile[]): string {
  const used = columns.filter(({ cell }) => rows.some((row) => cell(row) !== undefined));
  const lines = [
    used.map(({ heading }) => heading),
    ...rows.map((row) => used.map(({ cell }) => cell(row) ?? "")),
  ];
  const widths = used.map((_, i) => Math.max(...lines.map((line) => line[i]!.length)));
  const aligned = (cell: string, i: number) =>
    i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!);
  return lines.map((line) => line.map(aligned).join("  ").trimEnd()).join("\n");
}
