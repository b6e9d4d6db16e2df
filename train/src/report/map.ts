/** The embedding map as two inline SVGs: dots in the colors of their classes, and thumbnails. */
import { escapeXml } from "./text.ts";

export interface EmbeddingMap {
  /** Number of held-out images; `points` may be a sample of them. */
  readonly total: number;
  /** x and y from 0 to 1; group is the number of a colored class, or -1. */
  readonly points: readonly { readonly x: number; readonly y: number; readonly group: number }[];
  /** Labels of the colored classes. */
  readonly groups: readonly string[];
  readonly otherClasses: number;
  /** Images as data URIs. */
  readonly images: readonly { readonly x: number; readonly y: number; readonly image: string }[];
}

/** Number of colors in style.ts. */
export const maxGroups = 10;

const size = 520;
const margin = 24;
/** Size of a thumbnail as a share of the map's. */
export const imageShare = 0.066;

const toPage = (value: number): number =>
  Math.round((margin + value * (size - 2 * margin)) * 10) / 10;

/** Returns both figures. */
export function drawMap({ total, points, groups, otherClasses, images }: EmbeddingMap): string {
  const number = (value: number) => value.toLocaleString("en-US");
  // Gray dots are drawn first. A zero-length line with round caps is the shortest way to a dot.
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
  const tile = imageShare * (size - 2 * margin);
  const tiles = images.map(({ x, y, image }) => {
    const [left, top] = [toPage(x) - tile / 2, toPage(y) - tile / 2].map((at) => at.toFixed(1));
    const size = `width="${tile.toFixed(1)}" height="${tile.toFixed(1)}"`;
    return `<image x="${left}" y="${top}" ${size} href="${image}"/>`;
  });
  const count =
    points.length < total
      ? `${number(points.length)} of the ${number(total)}`
      : `The ${number(total)}`;
  return [
    `<p class="note">${count} held-out images, arranged by their embeddings (UMAP on cosine`,
    "distance). Images that the network considers similar are close to each other.</p>",
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
  [
    `<svg class="chart map" viewBox="0 0 ${size} ${size}" role="img" aria-label="${label}">`,
    ...elements,
    "</svg>",
  ].join("\n");
