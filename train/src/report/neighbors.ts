/**
 * The retrieval grid of an evaluation: chooses the rows, reads the images, draws, and renders to
 * PNG.
 */
import type { DatasetInfo, Item, Neighbors } from "@plumage/models";
import sharp from "sharp";
import { drawGrid, type Grid, type GridRow, type Tile } from "./grid.ts";
import { chooseRows } from "./rows.ts";
import { localText } from "./text.ts";
import { readThumbnail } from "./thumbnail.ts";

/** As the tutorial's figure: a query and its nearest six. */
const shownNeighbors = 6;
const shownRows = 10;
/** Pixels of a tile's image: twice its size on the page, for screens of high density. */
const imageSide = 168;

/**
 * Gathers the grid: half hardest mistakes, half queries scattered over the data set, with their
 * nearest six.
 *
 * @param items the gallery, in the order of the embeddings
 * @param neighbors of the queries, in item numbers
 * @throws PlumageError "bad-image" or "bad-file" for an image that cannot be read
 */
export async function gatherGrid(
  items: readonly Item[],
  neighbors: Neighbors,
  dataset: DatasetInfo,
): Promise<Grid> {
  const labels = items.map((item) => item.label);
  const { mistakes, scattered } = chooseRows(labels, neighbors, shownRows);
  const row = async (place: number): Promise<GridRow> => {
    const query = neighbors.queries[place]!;
    const ranks = Array.from(
      { length: Math.min(shownNeighbors, neighbors.k) },
      (_, rank) => place * neighbors.k + rank,
    );
    const found = ranks.map(async (at) => {
      const index = neighbors.indices[at]!;
      return {
        ...(await readTile(items[index]!)),
        score: neighbors.scores[at]!,
        right: labels[index] === labels[query],
      };
    });
    return { query: await readTile(items[query]!), found: await Promise.all(found) };
  };
  return {
    title: `${dataset.title}: held-out images and their nearest`,
    groups: [
      {
        heading: "Hardest mistakes (nearest is of another class)",
        rows: await Promise.all(mistakes.map(row)),
      },
      { heading: "Scattered over the classes", rows: await Promise.all(scattered.map(row)) },
    ],
    credits: [
      "Left: the query. Green: of the query's class; red, dashed: of another. Below each: its label and cosine similarity.",
      ...credits(dataset),
    ],
  };
}

/** The grid as a PNG, dark on white, at twice the density. */
export async function renderGrid(grid: Grid): Promise<Uint8Array> {
  const svg = drawGrid(grid, await localText(), { ink: "#222222", paper: "#ffffff" });
  return await sharp(Buffer.from(svg), { density: 144, unlimited: true })
    .png({ compressionLevel: 9 })
    .toBuffer();
}

/** Who made the images, as one line; none where nobody has to be credited. */
export function credits({ attributions }: DatasetInfo): string[] {
  if (attributions.length === 0) return [];
  const each = attributions.map(({ title, author, licence }) => `${title} (${author}, ${licence})`);
  return [`Images: ${each.join("; ")}.`];
}

const readTile = async (item: Item): Promise<Tile> => ({
  label: item.label,
  image: await readThumbnail(item, imageSide, "contain"),
});
