/**
 * A line chart as inline SVG. Colors come from the page's style: the classes series-0, series-1,
 * ... and reference.
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
  /** Horizontal lines to compare with. */
  readonly references?: readonly { readonly name: string; readonly value: number }[];
}

const width = 520;
const height = 240;
const frame = { left: 56, right: 14, top: 14, bottom: 36 };
const right = width - frame.right;
const bottom = height - frame.bottom;
/** About the width of the chart; more points would not be visible. */
const maxPoints = 400;
const maxDots = 40;

/** Returns a figure with caption and legend, or an empty string without any points. */
export function lineChart({ title, xLabel, series, references = [] }: Chart): string {
  const drawn = series.filter(({ points }) => points.length > 0);
  if (drawn.length === 0) return "";
  const points = drawn.flatMap((each) => each.points);
  const values = [...points.map(([, y]) => y), ...references.map(({ value }) => value)];
  const xTicks = ticks(least(points.map(([x]) => x)), greatest(points.map(([x]) => x)), 5);
  const yTicks = ticks(Math.min(0, least(values)), greatest(values), 5);
  const toX = scale(xTicks, frame.left, right);
  const toY = scale(yTicks, bottom, frame.top);
  const keys = drawn.map(
    ({ name }, i) => `<span class="key series-${i}">${escapeXml(name)}</span>`,
  );
  const legend = drawn.length > 1 ? `<span class="legend">${keys.join("")}</span>` : "";
  return [
    `<figure><figcaption>${escapeXml(title)}${legend}</figcaption>`,
    `<svg class="chart" viewBox="0 0 ${width} ${height}" role="img"`,
    ` aria-label="${escapeXml(title)}">`,
    ...yTicks.map((tick) => yTick(tick, toY(tick))),
    ...xTicks.map((tick) => label(formatTick(tick), toX(tick), height - 18, "middle")),
    label(xLabel, (frame.left + right) / 2, height - 3, "middle"),
    ...references.map(({ name, value }) => referenceLine(name, toY(value))),
    ...drawn.map((each, i) => line(each, i, toX, toY)),
    "</svg></figure>",
  ].join("\n");
}

type Scale = (value: number) => number;

const label = (text: string, x: number, y: number, anchor: "middle" | "end"): string =>
  `<text class="tick" x="${x}" y="${y}" text-anchor="${anchor}">${escapeXml(text)}</text>`;

const yTick = (tick: number, y: number): string =>
  `<path class="grid" d="M${frame.left} ${y}H${right}"/>` +
  label(formatTick(tick), frame.left - 6, y + 4, "end");

const referenceLine = (name: string, y: number): string =>
  `<path class="reference" d="M${frame.left} ${y}H${right}"/>` +
  label(name, right - 4, y - 4, "end");

/** A polyline, with dots if there are few points. */
function line({ points }: Series, i: number, toX: Scale, toY: Scale): string {
  const path = thin(points, maxPoints).map(([x, y], at) => `${at ? "L" : "M"}${toX(x)} ${toY(y)}`);
  const dots = points.length > maxDots ? [] : points;
  return [
    `<path class="line series-${i}" d="${path.join("")}"/>`,
    ...dots.map(
      ([x, y]) => `<circle class="dot series-${i}" cx="${toX(x)}" cy="${toY(y)}" r="3"/>`,
    ),
  ].join("");
}

/** Maps the range of the ticks to [from, to]. */
function scale(range: readonly number[], from: number, to: number): Scale {
  const [low, high] = [range[0]!, range.at(-1)!];
  return (value) => Number((from + ((value - low) / (high - low)) * (to - from)).toFixed(2));
}

const formatTick = (value: number): string =>
  value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential() : value.toLocaleString("en-US");

// Math.min(...values) would exceed the limit of arguments in a long run.
const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b));
const greatest = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b));
