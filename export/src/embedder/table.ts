/** The variants of an export as a table for people. */
import type { ManifestFile } from "@plumage/models";

const pointsText = (points: number | undefined): string | undefined =>
  points === undefined ? undefined : `${points < 0 ? "-" : "+"}${Math.abs(points).toFixed(2)}`;

interface Column {
  readonly heading: string;
  /** Undefined where it was not measured; a column that is nowhere measured is left out. */
  cell(row: ManifestFile): string | undefined;
}

const columns: readonly Column[] = [
  { heading: "file", cell: ({ file }) => file },
  { heading: "MB", cell: ({ bytes }) => (bytes / 1e6).toFixed(1) },
  { heading: "images/s here", cell: ({ imagesPerSecond }) => imagesPerSecond?.toFixed(0) },
  { heading: "cosine min", cell: ({ cosineMin }) => cosineMin.toFixed(6) },
  { heading: "mean", cell: ({ cosineMean }) => cosineMean?.toFixed(6) },
  { heading: "P@1", cell: ({ precisionAt1 }) => precisionAt1?.toFixed(4) },
  { heading: "points", cell: ({ precisionAt1Delta }) => pointsText(precisionAt1Delta) },
  { heading: "R@4", cell: ({ recallAt4 }) => recallAt4?.toFixed(4) },
  { heading: "points", cell: ({ recallAt4Delta }) => pointsText(recallAt4Delta) },
];

/** One line for each variant below a heading; figures stand right. */
export function variantTable(rows: readonly ManifestFile[]): string {
  const shown = columns.filter(({ cell }) => rows.some((row) => cell(row) !== undefined));
  const lines = [
    shown.map(({ heading }) => heading),
    ...rows.map((row) => shown.map(({ cell }) => cell(row) ?? "")),
  ];
  const widths = shown.map((_, at) => Math.max(...lines.map((line) => line[at]!.length)));
  const aligned = (cell: string, at: number) =>
    at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!);
  return lines.map((line) => line.map(aligned).join("  ").trimEnd()).join("\n");
}
