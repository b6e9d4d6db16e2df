import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Item } from "@plumage/models";
import { randomParameters, tinyArchitecture } from "@plumage/models/testing";
import { afterEach, beforeEach, expect, it } from "vitest";
import { generatedItems } from "../../test/generated.ts";
import { backboneEncoder } from "./backbone.ts";
import { encodeItems } from "./features.ts";

let root: string;
let cache: string;
let items: Item[];
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "plumage-features-"));
  cache = join(root, "cache");
  items = await generatedItems(join(root, "images"), 3, 7);
});
afterEach(() => rmSync(root, { recursive: true }));

const architecture = tinyArchitecture(3);
const encoder = backboneEncoder(architecture, randomParameters(architecture, 1), "tiny");

/** Encodes, and returns what was printed with the features. */
async function encode(of: readonly Item[], signal = new AbortController().signal) {
  const printed: string[] = [];
  const features = await encodeItems(encoder, of, signal, (line) => printed.push(line), cache);
  return { printed, rows: features.rows(of) };
}

it("encodes each image once, whatever its file is called", async () => {
  const first = await encode(items.slice(0, 15));
  expect(first.printed).toEqual([]);
  const moved = join(root, "moved");
  mkdirSync(moved);
  const renamed = items.map((item, i) => {
    const path = join(moved, `${i}.png`);
    copyFileSync(item.path, path);
    return { ...item, path };
  });
  const second = await encode(renamed);
  expect(second.printed).toEqual(["features: 15 of 21 images are in the cache"]);
  expect(second.rows.subarray(0, first.rows.length)).toEqual(first.rows);
  const third = await encode(items);
  expect(third.printed).toEqual(["features: 21 of 21 images are in the cache"]);
  expect(third.rows).toEqual(second.rows);
});

it("tells boxes of one image apart", async () => {
  const [item] = items;
  const boxed = { ...item!, box: { x: 1, y: 1, width: 20, height: 20 } };
  const { rows } = await encode([item!, boxed]);
  const half = rows.length / 2;
  expect(rows.subarray(0, half)).not.toEqual(rows.subarray(half));
});

it("keeps what was encoded before it was interrupted", async () => {
  const controller = new AbortController();
  const many = Array.from({ length: 4 }, (_, i) =>
    items.map((item) => ({ ...item, box: { x: i, y: 0, width: 20, height: 20 } })),
  ).flat();
  const interrupted = encode(many, controller.signal);
  const timer = setInterval(() => {
    if (readdirSync(root).includes("cache")) controller.abort(new Error("stop"));
  }, 1);
  await expect(interrupted)
    .rejects.toThrow("stop")
    .finally(() => clearInterval(timer));
  const { rows } = await encode(many);
  rmSync(cache, { recursive: true });
  expect((await encode(many)).rows).toEqual(rows);
});

it("encodes again what a damaged file had", async () => {
  const { rows } = await encode(items);
  const [file] = readdirSync(cache);
  writeFileSync(join(cache, file!), "damaged");
  const again = await encode(items);
  expect(again.printed).toEqual([]);
  expect(again.rows).toEqual(rows);
});
