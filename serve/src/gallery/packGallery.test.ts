import { mkdtempSync, readdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeFloat16, type Item, type Manifest } from "@plumage/models";
import { readGallery, sha256 } from "@plumage/models/node";
import sharp from "sharp";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { hugeWebp } from "../../test/support/costlyImages.ts";
import { openEmbeddedInThread } from "../../test/support/stores.ts";
import { writeItems, writeModel } from "../../test/support/tinyModel.ts";
import type { Collection } from "../collection/collection.ts";
import { type ImageReader, openImageReader } from "../images/imageReader.ts";
import { packGallery } from "./packGallery.ts";

const count = 20;
const { signal } = new AbortController();
let models: string;
let manifest: Manifest;
let folder: string;
let items: Item[];
let collection: Collection;
let reader: ImageReader;

beforeAll(async () => {
  reader = openImageReader({ threads: 2, resize: [] });
  models = mkdtempSync(join(tmpdir(), "plumage-models-"));
  manifest = await writeModel(models);
});
afterAll(async () => {
  await reader.close();
  rmSync(models, { recursive: true });
});
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "plumage-gallery-"));
  items = await writeItems(folder, count);
  const model = { sha256: manifest.files[0]!.sha256, dimension: manifest.dimension };
  collection = await openEmbeddedInThread(folder, model);
});
afterEach(async () => {
  await collection.close();
  rmSync(folder, { recursive: true });
});

const out = () => join(folder, "gallery");
const pack = (until = signal) => packGallery({ collection, reader }, manifest, out(), until);

/** Adds the items with arbitrary unit vectors. */
async function fill(): Promise<Float32Array[]> {
  const embeddings = items.map((_, i) =>
    Float32Array.from({ length: 16 }, (_, at) =>
      at === i % 16 ? 0.8 : at === (i + 3) % 16 ? -0.6 : 0,
    ),
  );
  await collection.put(
    items.map(({ id, label, path, box, source }, i) => ({
      ...{ id, label, image: { path }, box, source },
      ...{ metadata: {}, bytes: 1, modified: 1, embedding: embeddings[i]! },
    })),
  );
  return embeddings;
}

test("packs items, embeddings and thumbnails that can be unpacked", async () => {
  const embeddings = await fill();
  const returned = await pack();
  const gallery = await readGallery(out());
  expect(gallery).toEqual(returned);
  expect(gallery).toMatchObject({
    model: manifest.files[0]!.sha256,
    title: "Patches",
    dimension: 16,
  });
  expect(gallery.items.map(({ id, label, source }) => ({ id, label, source }))).toEqual(
    items.map(({ id, label, source }) => ({ id, label, source })),
  );
  for (const { file, bytes, sha256: digest } of [gallery.embeddings, gallery.thumbnails]) {
    const written = readFileSync(join(out(), file));
    expect([written.length, sha256(written)]).toEqual([bytes, digest]);
  }
  const unpacked = decodeFloat16(readFileSync(join(out(), gallery.embeddings.file)));
  expect(unpacked).toHaveLength(count * 16);
  // Half precision has eleven significant bits.
  for (const [i, value] of unpacked.entries()) {
    expect(Math.abs(value - embeddings[i >> 4]![i & 15]!)).toBeLessThan(2 ** -11);
  }

  const thumbnails = readFileSync(join(out(), gallery.thumbnails.file));
  let end = 0;
  for (const [i, { thumbnail }] of gallery.items.entries()) {
    const [offset, length] = thumbnail;
    expect(offset).toBe(end);
    end += length;
    const small = sharp(thumbnails.subarray(offset, end));
    expect(await small.metadata()).toMatchObject({ format: "webp", width: 40, height: 30 });
    const [packed, original] = await Promise.all([small.stats(), sharp(items[i]!.path).stats()]);
    for (const [c, { mean }] of packed.channels.entries()) {
      expect(Math.abs(mean - original.channels[c]!.mean)).toBeLessThan(8);
    }
  }
  expect(end).toBe(thumbnails.length);
});

test("rejects an empty index", async () => {
  await expect(pack()).rejects.toMatchObject({
    code: "bad-file",
    hint: "run: npm run index -- --name tiny",
  });
});

test.each([
  ["missing", (path: string) => unlinkSync(path), "the file cannot be read"],
  ["damaged", (path: string) => writeFileSync(path, "no image"), "not an image"],
  [
    "too large",
    async (path: string) => writeFileSync(path, await hugeWebp(16_383, 16_383)),
    "the image has 16383 x 16383 pixels",
  ],
])("names an image that is %s, and keeps the old pack", async (_, harm, reason) => {
  await fill();
  await pack();
  const before = readFileSync(join(out(), "gallery.json"));
  await harm(items[4]!.path);
  await expect(pack()).rejects.toMatchObject({
    code: "bad-file",
    message: expect.stringMatching(`^${items[4]!.path}: .*${reason}`),
  });
  expect(readFileSync(join(out(), "gallery.json"))).toEqual(before);
});

test("writes nothing when stopped", async () => {
  await fill();
  await expect(pack(AbortSignal.abort())).rejects.toThrow(/abort/i);
  expect(readdirSync(folder)).not.toContain("gallery");
});
