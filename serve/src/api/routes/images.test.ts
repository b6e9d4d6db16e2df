import { unlinkSync, writeFileSync } from "node:fs";
import sharp from "sharp";
import { expect, test } from "vitest";
import { useGallery, useTinyModel } from "../../../test/support/gallery.ts";
import { problemIn } from "../../../test/support/requests.ts";
import { openEmbeddedInThread } from "../../../test/support/stores.ts";
import { noise, seedOf } from "../../../test/support/tinyModel.ts";

const gallery = useGallery(openEmbeddedInThread, useTinyModel(), 3);

test("returns an item's image file", async () => {
  const answer = await gallery.app.request("/items/1/image");
  expect(answer.headers.get("content-type")).toBe("image/png");
  expect(Buffer.from(await answer.arrayBuffer())).toEqual(await noise(seedOf(1)));
});

test("returns a thumbnail", async () => {
  const answer = await gallery.app.request("/items/1/thumbnail");
  expect(answer.headers.get("content-type")).toBe("image/webp");
  expect(answer.headers.get("cache-control")).toBe("public, max-age=3600");
  expect(await sharp(await answer.arrayBuffer()).metadata()).toMatchObject({
    format: "webp",
    width: 40,
    height: 30,
  });
});

test("answers 404 for an image file that is missing or damaged", async () => {
  unlinkSync(gallery.items[2]!.path);
  const gone = await gallery.app.request("/items/2/image");
  expect(gone.status).toBe(404);
  expect((await problemIn(gone)).detail).toMatch(/gone/);
  writeFileSync(gallery.items[2]!.path, "no image");
  const damaged = await gallery.app.request("/items/2/thumbnail");
  expect(damaged.status).toBe(404);
  expect((await problemIn(damaged)).detail).toMatch(/damaged/);
});
