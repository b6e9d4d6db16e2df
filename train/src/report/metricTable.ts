/** Held-out retrieval as a table: this run compared with its baselines. */
import type { Report, RetrievalMetrics } from "@plumage/models";

/** The columns. R@1 equals P@1 and has none. */
export const metricColumns: readonly {
  heading: string;
  of: (metrics: RetrievalMetrics) => number;
}[] = [
  { heading: "P@1", of: (metrics) => metrics.precisionAt1 },
  { heading: "R@2", of: (metrics) => metrics.recallAt["2"] },
  { heading: "R@4", of: (metrics) => metrics.recallAt["4"] },
  { heading: "R@8", of: (metrics) => metrics.recallAt["8"] },
  { heading: "MAP@R", of: (metrics) => metrics.mapAtR },
  { heading: "R-prec", of: (metrics) => metrics.rPrecision },
];

export interface MetricRow {
  readonly name: string;
  readonly metrics: RetrievalMetrics;
}

/** What the baselines of a run are called: those of a head are not whole networks. */
export const baselineNames = ({
  recipe,
}: Pick<Report, "recipe">): { readonly untrained: string; readonly start: string } =>
  recipe.backbone === undefined
    ? { untrained: "untrained network", start: "starting checkpoint" }
    : { untrained: "untrained head", start: "frozen encoder" };

/** The rows of the comparison, from the weakest baseline to this run. */
export function metricRows(
  report: Pick<
    Report,
    "metrics" | "pooledMetrics" | "start" | "baselines" | "best" | "iterations" | "recipe"
  >,
): MetricRow[] {
  const { best, iterations, recipe, start, baselines } = report;
  const names = baselineNames(report);
  return [
    { name: "raw pixels", metrics: baselines.rawPixels },
    { name: names.untrained, metrics: baselines.untrained },
    ...(start ? [{ name: names.start, metrics: start.metrics }] : []),
    ...(best && best.iteration !== iterations
      ? [{ name: `best checkpoint (iteration ${best.iteration})`, metrics: best.metrics }]
      : []),
    // Those of a frozen encoder are what it began with.
    ...(recipe.backbone === undefined
      ? [{ name: "this run, pooled features", metrics: report.pooledMetrics }]
      : []),
    { name: "this run, embedding", metrics: report.metrics },
  ];
}

export const formatFraction = (value: number): string => value.toFixed(3);

/** The table as plain text for a terminal, one line per row. */
export const metricTable = (rows: readonly MetricRow[], title = "held-out retrieval"): string =>
  textTable([
    [title, ...metricColumns.map(({ heading }) => heading)],
    ...rows.map(({ name, metrics }) => [name, ...metricCells(metrics)]),
  ]);

/** The columns of a row, as text. */
export const metricCells = (metrics: RetrievalMetrics): string[] =>
  metricColumns.map(({ of }) => formatFraction(of(metrics)));

/** @param lines cells of the headings, then of each row; the first column is aligned left */
export function textTable(lines: readonly (readonly string[])[]): string {
  const widths = lines[0]!.map((_, column) =>
    Math.max(...lines.map((cells) => cells[column]!.length)),
  );
  const pad = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!);
  const rule = widths.map((width) => "-".repeat(width));
  return [lines[0]!, rule, ...lines.slice(1)]
    .map((cells) => cells.map(pad).join("  ").trimEnd())
    .join("\n");
}
