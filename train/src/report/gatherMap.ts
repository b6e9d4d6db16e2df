/**
 * The embedding map of an evaluation: chooses the items, arranges them, chooses colors and images.
 */
import type { Item } from "@plumage/models";
import { type EmbeddingMap, imageShare, mostGroups } from "./map.ts";
import { project } from "./projection.ts";
import { scatter } from "./rows.ts";
import { readThumbnail } from "./thumbnail.ts";

/** More dots than this tell no more, and would take minutes to arrange. */
const mostPoints = 5000;
const mostImages = 150;
/** Pixels of an image, for screens of high density. */
const imageSide = 72;

/**
 * @param items in the order of the embeddings
 * @param embeddings [items, dimension]
 * @returns undefined for fewer than four items
 * @throws PlumageError "bad-image" or "bad-file" for an image that cannot be read
 */
export async function gatherMap(
  items: readonly Item[],
  embeddings: Float32Array,
  dimension: number,
  seed: number,
): Promise<EmbeddingMap | undefined> {
  const order = Array.from(items.keys()).sort((a, b) => scatter(a) - scatter(b));
  const chosen = order.slice(0, mostPoints);
  const rows = new Float32Array(chosen.length * dimension);
  chosen.forEach((item, i) => {
    rows.set(embeddings.subarray(item * dimension, (item + 1) * dimension), i * dimension);
  });
  const places = await project(rows, dimension, seed);
  if (!places) return undefined;
  const groups = largestClasses(chosen.map((item) => items[item]!.label));
  const points = chosen.map((item, i) => ({
    x: places[2 * i]!,
    y: places[2 * i + 1]!,
    group: groups.indexOf(items[item]!.label),
  }));
  const apart: number[] = [];
  for (const [i, { x, y }] of points.entries()) {
    if (apart.length === mostImages) break;
    const free = apart.every(
      (j) => Math.max(Math.abs(points[j]!.x - x), Math.abs(points[j]!.y - y)) > 1.08 * imageShare,
    );
    if (free) apart.push(i);
  }
  const images = apart.map(async (i) => {
    const image = await readThumbnail(items[chosen[i]!]!, imageSide, "cover");
    return { x: points[i]!.x, y: points[i]!.y, image };
  });
  return {
    of: items.length,
    points,
    groups,
    otherClasses: new Set(items.map(({ label }) => label)).size - groups.length,
    images: await Promise.all(images),
  };
}

/** The labels that occur most, in that order; of equals the first. */
function largestClasses(labels: readonly string[]): string[] {
  const sizes = new Map<string, number>();
  for (const label of labels) sizes.set(label, (sizes.get(label) ?? 0) + 1);
  return [...sizes]
    .sort((a, b) => b[1] - a[1])
    .slice(0, mostGroups)
    .map(([label]) => label);
}
