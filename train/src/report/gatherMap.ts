/** Gathers the embedding map of an evaluation: selects items, projects them, reads thumbnails. */
import type { Item } from "@plumage/models";
import { type EmbeddingMap, imageShare, maxGroups } from "./map.ts";
import { project } from "./projection.ts";
import { hashOrder } from "./selectRows.ts";
import { readThumbnail } from "./thumbnail.ts";

/** UMAP would take minutes for more points. */
const maxPoints = 5000;
const maxImages = 150;
/** Thumbnail size in pixels, for high-density screens. */
const thumbnailSize = 72;

/**
 * Selects up to 5,000 items, projects their embeddings to the plane, and reads thumbnails of items
 * that do not overlap.
 *
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
  const order = Array.from(items.keys()).sort((a, b) => hashOrder(a) - hashOrder(b));
  const chosen = order.slice(0, maxPoints);
  const rows = new Float32Array(chosen.length * dimension);
  chosen.forEach((item, i) => {
    rows.set(embeddings.subarray(item * dimension, (item + 1) * dimension), i * dimension);
  });
  const positions = await project(rows, dimension, seed);
  if (!positions) return undefined;
  const groups = largestClasses(chosen.map((item) => items[item]!.label));
  const points = chosen.map((item, i) => ({
    x: positions[2 * i]!,
    y: positions[2 * i + 1]!,
    group: groups.indexOf(items[item]!.label),
  }));
  const separate: number[] = [];
  for (const [i, { x, y }] of points.entries()) {
    if (separate.length === maxImages) break;
    const free = separate.every(
      (j) => Math.max(Math.abs(points[j]!.x - x), Math.abs(points[j]!.y - y)) > 1.08 * imageShare,
    );
    if (free) separate.push(i);
  }
  const images = separate.map(async (i) => {
    const image = await readThumbnail(items[chosen[i]!]!, thumbnailSize, "cover");
    return { x: points[i]!.x, y: points[i]!.y, image };
  });
  return {
    total: items.length,
    points,
    groups,
    otherClasses: new Set(items.map(({ label }) => label)).size - groups.length,
    images: await Promise.all(images),
  };
}

/** The most frequent labels in descending order; ties go by first appearance. */
function largestClasses(labels: readonly string[]): string[] {
  const sizes = new Map<string, number>();
  for (const label of labels) sizes.set(label, (sizes.get(label) ?? 0) + 1);
  return [...sizes]
    .sort((a, b) => b[1] - a[1])
    .slice(0, maxGroups)
    .map(([label]) => label);
}
