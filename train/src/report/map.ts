/**
 * The embedding map as two inline SVG drawings of one arrangement: dots in their classes' colors,
 * and images in their places.
 */
import { escapeXml } from "./text.ts";

export interface EmbeddingMap {
  /** How many held-out images there are; `points` are some of them if these are many. */
  readonly of: number;
  /** x and y from 0 to 1; group counts the colored classes, and is -1 for the others. */
  readonly points: readonly { readonly x: number; readonly y: number; readonly group: number }[];
  /** Labels of the colored classes. */
  readonly groups: readonly string[];
  readonly otherClasses: number;
  /** Images as data URIs. */
  readonly images: readonly { readonly x: number; readonly y: number; readonly image: string }[];
}

/** As many as can be told apart; style.ts names the colors. */
export const mostGroups = 10;

const side = 520;
const margin = 24;
/** Side of an image on the map, as a share of the map's. */
export const imageShare = 0.066;

const toPage = (value: number): number =>
  Math.round((margin + value * (side - 2 * margin)) * 10) / 10;

/** Both figures, side by side where there is room. */
export function drawMap({ of, points, groups, otherClasses, images }: EmbeddingMap): string {
  const number = (value: number) => value.toLocaleString("en-GB");
  // The gray ones lie below. A line of no length with round ends is a dot, and a path of them is
  // short.
  const dots = [-1, ...groups.keys()].map((group) => {
    const path = points
      .filter((point) => point.group === group)
      .map(({ x, y }) => `M${toPage(x)} ${toPage(y)}h0`);
    return path.length > 0 ? `<path class="spot ${groupClass(group)}" d="${path.join("")}"/>` : "";
  });
  const keys = groups.map(
    (label, group) =>
      `<span class="spot-key ${groupClass(group)}">${escapeXml(label.replaceAll("_", " "))}</span>`,
  );
  const others =
    otherClasses > 0
      ? [`<span class="spot-key ${groupClass(-1)}">${number(otherClasses)} other classes</span>`]
      : [];
  const tile = imageShare * (side - 2 * margin);
  const tiles = images.map(({ x, y, image }) => {
    const [left, top] = [toPage(x) - tile / 2, toPage(y) - tile / 2];
    return `<image x="${left.toFixed(1)}" y="${top.toFixed(1)}" width="${tile.toFixed(1)}" height="${tile.toFixed(1)}" href="${image}"/>`;
  });
  const shown =
    points.length < of ? `${number(points.length)} of the ${number(of)}` : `The ${number(of)}`;
  return [
    `<p class="note">${shown} held-out images, each where its embedding lies among the others (UMAP over cosine). What lies together looks alike to the network.</p>`,
    '<div class="charts maps">',
    "<figure><figcaption>By class</figcaption>",
    svg("Embedding map by class", dots),
    `<div class="legend">${[...keys, ...others].join("")}</div></figure>`,
    "<figure><figcaption>By image</figcaption>",
    svg("Embedding map by image", tiles),
    "</figure></div>",
  ].join("\n");
}

const groupClass = (group: number): string => (group < 0 ? "spot-other" : `spot-${group}`);

const svg = (label: string, elements: readonly string[]): string =>
  `<svg class="chart map" viewBox="0 0 ${side} ${side}" role="img" aria-label="${label}">${elements.join("\n")}</svg>`;
