import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, expect, it } from "vitest";
import { sampleReport } from "../../test/sampleRun.ts";
import { credits, gatherGrid, renderGrid } from "./neighborGrid.ts";

const { dataset } = sampleReport();
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plumage-grid-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Four images of two classes, 60 x 30: the class's color in the box, blue around it. */
async function sampleItems() {
  const box = { x: 10.4, y: 5, width: 20, height: 10.5 };
  const colors = ["#ff0000", "#ff0000", "#00ff00", "#00ff00"];
  return await Promise.all(
    colors.map(async (background, i) => {
      const path = join(folder, `${i}.png`);
      const inner = await sharp({ create: { width: 20, height: 11, channels: 3, background } })
        .png()
        .toBuffer();
      await sharp({ create: { width: 60, height: 30, channels: 3, background: "#0000ff" } })
        .composite([{ input: inner, left: 10, top: 5 }])
        .png()
        .toFile(path);
      return { id: `${i}`, path, label: background, split: "test" as const, box };
    }),
  );
}

const neighbors = {
  queries: Int32Array.of(0, 1, 2, 3),
  k: 2,
  indices: Int32Array.of(1, 2, 0, 3, 0, 3, 2, 1),
  scores: Float32Array.of(0.9, 0.1, 0.9, 0.1, 0.8, 0.7, 0.9, 0.1),
};

it("gathers queries, neighbors and matches", async () => {
  const items = await sampleItems();
  const grid = await gatherGrid(items, neighbors, dataset);
  const [mistakes, sample] = grid.groups;
  expect(mistakes!.rows).toHaveLength(1);
  expect(mistakes!.rows[0]!.query.label).toBe("#00ff00");
  expect(
    mistakes!.rows[0]!.neighbors.map(({ label, isMatch, score }) => [
      label,
      isMatch,
      score.toFixed(1),
    ]),
  ).toEqual([
    ["#ff0000", false, "0.8"],
    ["#00ff00", true, "0.7"],
  ]);
  expect(sample!.rows.map(({ query }) => query.label)).toEqual(["#ff0000"]);
});

it("shows the whole box on white, keeping its aspect ratio", async () => {
  const grid = await gatherGrid(await sampleItems(), neighbors, dataset);
  const { image } = grid.groups[0]!.rows[0]!.query;
  const bytes = Buffer.from(image.slice(image.indexOf(",") + 1), "base64");
  const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
  expect(info.width).toBe(info.height);
  const pixel = (x: number, y: number) => [
    ...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3),
  ];
  const [center, above] = [pixel(info.width / 2, info.height / 2), pixel(info.width / 2, 8)];
  expect(
    Math.max(Math.abs(center[0]! - 0), Math.abs(center[1]! - 255), Math.abs(center[2]! - 0)),
  ).toBeLessThan(6);
  expect(Math.min(...above)).toBeGreaterThan(249);
});

it("renders a PNG at twice the size of the grid", async () => {
  const png = await renderGrid(await gatherGrid(await sampleItems(), neighbors, dataset));
  const { format, width, height } = await sharp(png).metadata();
  expect(format).toBe("png");
  // Margins, the query, and two neighbors: 2 * 18 + 84 + 30 + 84 + 14 + 84.
  expect(width).toBe(332 * 2);
  expect(height).toBeGreaterThan(2 * 300);
});

it("lists authors and licenses in one line", () => {
  expect(credits({ ...dataset, attributions: [] })).toEqual([]);
  expect(credits(dataset)).toEqual([
    "Images: Noto Emoji (Google Inc, Apache-2.0); Odd (A & B, CC BY 4.0).",
  ]);
});
