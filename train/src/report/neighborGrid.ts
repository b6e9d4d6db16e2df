/** Gathers the retrieval grid of an evaluation and renders it to PNG. */
import type { DatasetInfo, Item, Neighbors } from "@plumage/models";
import sharp from "sharp";
import { drawGrid, type Grid, type GridRow, type Tile } from "./grid.ts";
import { selectRows } from "./selectRows.ts";
import { outlineText } from "./text.ts";
import { readThumbnail } from "./thumbnail.ts";

/** As in the tutorial's figure. */
const neighborsPerRow = 6;
const rowCount = 10;
/** Thumbnail size in pixels: twice its size on the page, for high-density screens. */
const thumbnailSize = 168;

/**
 * Gathers the hardest mistakes and a sample of queries with their nearest six.
 *
 * @param items the gallery, in the order of the embeddings
 * @param neighbors of the queries, as item numbers
 * @throws PlumageError "bad-image" or "bad-file" for an image that cannot be read
 */
export async function gatherGrid(
  items: readonly Item[],
  neighbors: Neighbors,
  dataset: DatasetInfo,
): Promise<Grid> {
  const labels = items.map((item) => item.label);
  const { mistakes, sample } = selectRows(labels, neighbors, rowCount);
  const row = async (position: number): Promise<GridRow> => {
    const query = neighbors.queries[position]!;
    const ranks = Array.from(
      { length: Math.min(neighborsPerRow, neighbors.k) },
      (_, rank) => position * neighbors.k + rank,
    );
    const found = ranks.map(async (at) => {
      const index = neighbors.indices[at]!;
      return {
        ...(await readTile(items[index]!)),
        score: neighbors.scores[at]!,
        isMatch: labels[index] === labels[query],
      };
    });
    return { query: await readTile(items[query]!), neighbors: await Promise.all(found) };
  };
  return {
    title: `${dataset.title}: held-out images and their neighbors`,
    groups: [
      {
        heading: "Hardest mistakes (the nearest image is of another class)",
        rows: await Promise.all(mistakes.map(row)),
      },
      { heading: "A sample of all queries", rows: await Promise.all(sample.map(row)) },
    ],
    credits: [
      "Left: the query. Green: same class; red, dashed: another class. " +
        "Below each image: label and cosine similarity.",
      ...credits(dataset),
    ],
  };
}

/** Renders the grid to a PNG at twice its size. */
export async function renderGrid(grid: Grid): Promise<Uint8Array> {
  const svg = drawGrid(grid, outlineText, { ink: "#222222", paper: "#ffffff" });
  return await sharp(Buffer.from(svg), { density: 144, unlimited: true })
    .png({ compressionLevel: 9 })
    .toBuffer();
}

/** Image credits as one line; none if no attribution is required. */
export function credits({ attributions }: DatasetInfo): string[] {
  if (attributions.length === 0) return [];
  const each = attributions.map(({ title, author, licence }) => `${title} (${author}, ${licence})`);
  return [`Images: ${each.join("; ")}.`];
}

const readTile = async (item: Item): Promise<Tile> => ({
  label: item.label,
  image: await readThumbnail(item, thumbnailSize, "contain"),
});
