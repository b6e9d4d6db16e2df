import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { decodeFloat16 } from "../../numeric/float16.ts";
import { parseGallery } from "../gallery.ts";
import { sha256 } from "./files.ts";
import { GalleryWriter, readGallery } from "./gallery.ts";
import { galleryPaths } from "./paths.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumage-gallery-"));
});
afterEach(() => rm(folder, { recursive: true }));

const writer = () =>
  new GalleryWriter({ model: "a".repeat(64), title: "Birds", dimension: 2, attributions: [] });

it("writes a manifest that describes both binary files", async () => {
  const pack = writer();
  const rows = [Float32Array.of(0.6, 0.8), Float32Array.of(1, 0)];
  pack.add({ id: "a", label: "gull", embedding: rows[0]!, thumbnail: Uint8Array.of(1, 2, 3) });
  pack.add({
    id: "b",
    label: "tern",
    source: "noto",
    embedding: rows[1]!,
    thumbnail: Uint8Array.of(4),
  });
  const gallery = await pack.write(folder);
  expect(await readGallery(folder)).toEqual(gallery);
  expect(gallery.items).toEqual([
    { id: "a", label: "gull", thumbnail: [0, 3] },
    { id: "b", label: "tern", source: "noto", thumbnail: [3, 1] },
  ]);
  expect((await readdir(folder)).sort()).toEqual([
    "embeddings.f16.bin",
    "gallery.json",
    "thumbnails.bin",
  ]);
  const paths = galleryPaths(folder);
  const embeddings = await readFile(paths.embeddings);
  expect(gallery.embeddings).toMatchObject({ bytes: 8, sha256: sha256(embeddings) });
  expect(Array.from(decodeFloat16(embeddings), (value) => value.toFixed(3))).toEqual([
    "0.600",
    "0.800",
    "1.000",
    "0.000",
  ]);
  expect([...(await readFile(paths.thumbnails))]).toEqual([1, 2, 3, 4]);
});

it("rejects an empty pack and an invalid manifest", async () => {
  await expect(writer().write(folder)).rejects.toThrow();
  expect(await readdir(folder)).not.toContain("gallery.json");
  expect(() => parseGallery("{}")).toThrow(/^gallery\.json: format: /);
});
