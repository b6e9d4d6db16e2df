import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hugeWebp } from "../../test/support/costlyImages.ts";
import { noise } from "../../test/support/tinyModel.ts";
import { decodeForModel } from "./decodeForModel.ts";
import { type ImageReader, openImageReader } from "./imageReader.ts";

const megapixels = 2 ** 20;
const resize = [32];
let reader: ImageReader;
beforeAll(() => {
  reader = openImageReader({ threads: 1, resize, maxWaitingPixels: 100 * megapixels });
});
afterAll(() => reader.close());

test("decodes in a process what decodeForModel decodes here", async () => {
  const bytes = await noise(1);
  const box = { x: 3, y: 2, width: 9, height: 20 };
  const { pixels } = await decodeForModel(bytes, resize, box);
  expect(Buffer.compare((await reader.read(bytes, { box })).pixels, pixels)).toBe(0);
  const { sha256 } = await reader.readWithDigest(bytes);
  expect(sha256).toBe(createHash("sha256").update(bytes).digest("hex"));
});

test("decodes a large image, and refuses one beyond the limit by its header", async () => {
  const { pixels } = await reader.read(await hugeWebp(6000, 4000));
  expect(pixels).toHaveLength(32 * 32 * 3);
  await expect(reader.read(await hugeWebp(16_000, 16_000))).rejects.toMatchObject({
    code: "bad-image",
    message: "the image has 16000 x 16000 pixels",
    hint: "the limit is 67108864 pixels",
  });
});

test("refuses large images that would wait too long, and reads small ones meanwhile", async () => {
  const large = await hugeWebp(8000, 8000);
  const outcomes: string[] = [];
  const reads = Array.from({ length: 4 }, async () => {
    await reader.read(large).then(
      () => outcomes.push("read"),
      (error) => outcomes.push(error.code),
    );
  });
  await reader.read(await noise(1));
  outcomes.push("small");
  await Promise.all(reads);
  expect(outcomes).toEqual(["unavailable", "unavailable", "small", "read", "read"]);
});

test("reads a phone's photo, and makes its thumbnail", async () => {
  const folder = new URL("../../../models/test/fixtures/images/", import.meta.url);
  const bytes = await readFile(new URL("heic-grid.heic", folder));
  const { pixels } = await decodeForModel(bytes, resize);
  expect(Buffer.compare((await reader.read(bytes)).pixels, pixels)).toBe(0);
  const small = await reader.thumbnail(bytes, 96);
  expect(await sharp(small).metadata()).toMatchObject({ format: "webp", width: 96, height: 64 });
});

test("makes thumbnails", async () => {
  const bytes = await reader.thumbnail(await noise(1, 400, 300), 128);
  expect(await sharp(bytes).metadata()).toMatchObject({ format: "webp", width: 128, height: 96 });
  await expect(reader.thumbnail(Buffer.from("no image"), 128)).rejects.toMatchObject({
    code: "bad-image",
  });
});

test("drops the image of a client that has left", async () => {
  const large = await hugeWebp(8000, 8000);
  const controller = new AbortController();
  const aborted = reader.read(large, { signal: controller.signal });
  const next = reader.read(large);
  controller.abort(new Error("the client left"));
  await expect(aborted).rejects.toThrow("the client left");
  await next;
});
