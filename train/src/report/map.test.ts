import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { generatedItems } from "../../test/generated.ts";
import { gatherMap } from "./gatherMap.ts";
import { drawMap, imageShare } from "./map.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plumage-map-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

it("draws a dot for every image, and thumbnails that do not overlap", async () => {
  const items = await generatedItems(folder, 12, 2);
  // The largest class gets the first color.
  items.push({ ...items[0]!, id: "again", label: "class 7" });
  const embeddings = Float32Array.from(
    items.flatMap((_, i) => [Math.sin(i >> 1), Math.cos(i >> 1), 0.01 * (i % 2)]),
  );
  const map = (await gatherMap(items, embeddings, 3, 1))!;
  expect(map.points).toHaveLength(25);
  expect(map.groups).toHaveLength(10);
  expect(map.groups[0]).toBe("class 7");
  expect(map.otherClasses).toBe(2);
  expect(map.points.filter(({ group }) => group === 0)).toHaveLength(3);
  expect(map.points.filter(({ group }) => group === -1)).toHaveLength(4);
  expect(map.images.length).toBeGreaterThan(1);
  for (const [i, a] of map.images.entries()) {
    for (const b of map.images.slice(i + 1)) {
      expect(Math.max(Math.abs(a.x - b.x), Math.abs(a.y - b.y))).toBeGreaterThan(imageShare);
    }
  }
  const drawing = drawMap(map);
  const dots = [...drawing.matchAll(/class="spot (spot-\w+)" d="([^"]*)"/g)];
  expect(dots.map(([, group, path]) => [group, path!.split("M").length - 1])).toContainEqual([
    "spot-other",
    4,
  ]);
  expect(dots.reduce((sum, [, , path]) => sum + path!.split("M").length - 1, 0)).toBe(25);
  expect(drawing.match(/<image /g)).toHaveLength(map.images.length);
  expect(drawing).toContain("2 other classes");
  expect(drawing).toContain("The 25 held-out images");
});

it("returns no map for three images", async () => {
  const items = await generatedItems(folder, 3, 1);
  expect(await gatherMap(items, new Float32Array(9).fill(1), 3, 1)).toBeUndefined();
});

it("escapes labels and states the size of the sample", () => {
  const points = [{ x: 0, y: 1, group: 0 }];
  const drawing = drawMap({ total: 7000, points, groups: ["<b>"], otherClasses: 0, images: [] });
  expect(drawing).toContain("1 of the 7,000 held-out images");
  expect(drawing).toContain("&#60;b&#62;");
  expect(drawing).not.toContain("other classes");
});
