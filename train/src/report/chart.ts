/**
 * A line chart as inline SVG. Colors come from the page's style: classes series-0, series-1 ...,
 * reference.
 */
import { type Point, thin, ticks } from "./curve.ts";
import { escapeXml } from "./text.ts";

export interface Series {
  readonly name: string;
  readonly points: readonly Point[];
}

export interface Chart {
  readonly title: string;
  readonly xLabel: string;
  readonly series: readonly Series[];
  /** Levels to compare with, drawn across. */
  readonly references?: readonly { readonly name: string; readonly value: number }[];
}

const width = 520;
const height = 240;
const frame = { left: 56, right: 14, top: 14, bottom: 36 };
/** More points than pixels show nothing more. */
const mostPoints = 400;

/** A figure with its caption and legend; an empty string if there is nothing to draw. */
export function lineChart({ title, xLabel, series, references = [] }: Chart): string {
  const drawn = series.filter(({ points }) => points.length > 0);
  if (drawn.length === 0) return "";
  const points = drawn.flatMap((each) => each.points);
  const values = [...points.map(([, y]) => y), ...references.map(({ value }) => value)];
  const xTicks = ticks(least(points.map(([x]) => x)), greatest(points.map(([x]) => x)), 5);
  const yTicks = ticks(Math.min(0, least(values)), greatest(values), 5);
  const toX = scale(xTicks, frame.left, width - frame.right);
  const toY = scale(yTicks, height - frame.bottom, frame.top);
  const lines = drawn.map((each, i) => {
    const path = thin(each.points, mostPoints).map(
      ([x, y], at) => `${at ? "L" : "M"}${toX(x)} ${toY(y)}`,
    );
    return `<path class="line series-${i}" d="${path.join("")}"/>${each.points.length > 40 ? "" : dots(each, i, toX, toY)}`;
  });
  const across = references.map(
    ({ name, value }) =>
      `<path class="reference" d="M${frame.left} ${toY(value)}H${width - frame.right}"/>` +
      `<text class="tick" x="${width - frame.right - 4}" y="${toY(value) - 4}" text-anchor="end">${escapeXml(name)}</text>`,
  );
  const axes = [
    ...yTicks.map(
      (tick) =>
        `<path class="grid" d="M${frame.left} ${toY(tick)}H${width - frame.right}"/>` +
        `<text class="tick" x="${frame.left - 6}" y="${toY(tick) + 4}" text-anchor="end">${formatTick(tick)}</text>`,
    ),
    ...xTicks.map(
      (tick) =>
        `<text class="tick" x="${toX(tick)}" y="${height - 18}" text-anchor="middle">${formatTick(tick)}</text>`,
    ),
    `<text class="tick" x="${(frame.left + width - frame.right) / 2}" y="${height - 3}" text-anchor="middle">${escapeXml(xLabel)}</text>`,
  ];
  const legend = drawn
    .map(({ name }, i) => `<span class="key series-${i}">${escapeXml(name)}</span>`)
    .join("");
  return [
    `<figure><figcaption>${escapeXml(title)}${drawn.length > 1 ? `<span class="legend">${legend}</span>` : ""}</figcaption>`,
    `<svg class="chart" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeXml(title)}">`,
    ...axes,
    ...across,
    ...lines,
    "</svg></figure>",
  ].join("\n");
}

type Scale = (value: number) => number;

const dots = ({ points }: Series, i: number, toX: Scale, toY: Scale): string =>
  points
    .map(([x, y]) => `<circle class="dot series-${i}" cx="${toX(x)}" cy="${toY(y)}" r="3"/>`)
    .join("");

/** Maps the range of the ticks onto [from, to]. */
function scale(range: readonly number[], from: number, to: number): Scale {
  const [low, high] = [range[0]!, range.at(-1)!];
  return (value) => Number((from + ((value - low) / (high - low)) * (to - from)).toFixed(2));
}

const formatTick = (value: number): string =>
  value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential() : value.toLocaleString("en-GB");

// Not Math.min(...values): a long run has more entries than a call may have arguments.
const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b));
const greatest = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b));
