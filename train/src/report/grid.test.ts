import sharp from "sharp";
import { expect, it } from "vitest";
import { drawGrid, type Grid } from "./grid.ts";
import { outlineText } from "./text.ts";

/** A solid-color image as a data URI. */
async function plain(color: string): Promise<string> {
  const png = await sharp({ create: { width: 8, height: 8, channels: 3, background: color } })
    .png()
    .toBuffer();
  return `data:image/png;base64,${png.toString("base64")}`;
}

async function sampleGrid(): Promise<Grid> {
  const [red, green, blue] = await Promise.all(["#ff0000", "#00ff00", "#0000ff"].map(plain));
  const row = {
    query: { image: red!, label: "query & <label>" },
    neighbors: [
      { image: green!, label: "found", score: 0.987, isMatch: true },
      { image: blue!, label: "other", score: 0.5, isMatch: false },
    ],
  };
  return {
    title: "Sample",
    groups: [
      { heading: "Rows", rows: [row] },
      { heading: "Nothing here", rows: [] },
    ],
    credits: [],
  };
}

it("draws query and neighbors, with matches and mismatches framed", async () => {
  const svg = drawGrid(await sampleGrid(), outlineText, { ink: "#000000", paper: "#ffffff" });
  const { data, info } = await sharp(Buffer.from(svg))
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const pixel = (x: number, y: number) => [
    ...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3),
  ];
  const tiles = [...svg.matchAll(/<image x="(\d+)" y="(\d+)" width="(\d+)"/g)].map((match) =>
    match.slice(1).map(Number),
  );
  expect(tiles).toHaveLength(3);
  const centers = tiles.map(([x, y, size]) => pixel(x! + size! / 2, y! + size! / 2));
  expect(centers).toEqual([
    [255, 0, 0],
    [0, 255, 0],
    [0, 0, 255],
  ]);
  const frames = tiles.map(([x, y]) => pixel(x! - 3, y! - 2));
  expect(frames).toEqual([
    [255, 255, 255],
    [0x1a, 0x96, 0x41],
    [0xd7, 0x30, 0x1f],
  ]);
  expect(pixel(0, 0)).toEqual([255, 255, 255]);
});

it("paints labels and scores, and skips groups without rows", async () => {
  const painted: string[] = [];
  drawGrid(await sampleGrid(), (text) => {
    painted.push(text);
    return "";
  });
  expect(painted).toEqual(["Sample", "Rows", "query & <label>", "found", "0.99", "other", "0.50"]);
});
