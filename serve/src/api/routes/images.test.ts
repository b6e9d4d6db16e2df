import { readdirSync, readlinkSync, unlinkSync, writeFileSync } from "node:fs";
import sharp from "sharp";
import { expect, test } from "vitest";
import { useGallery, useTinyModel } from "../../../test/support/gallery.ts";
import { post, problemIn } from "../../../test/support/requests.ts";
import { openEmbeddedInThread } from "../../../test/support/stores.ts";
import { noise, noiseBytes, seedOf } from "../../../test/support/tinyModel.ts";

const gallery = useGallery(openEmbeddedInThread, useTinyModel(), 3);

test("returns an item's image file", async () => {
  const answer = await gallery.app.request("/items/1/image");
  expect(answer.headers.get("content-type")).toBe("image/png");
  expect(Buffer.from(await answer.arrayBuffer())).toEqual(await noise(seedOf(1)));
});

test("returns a thumbnail", async () => {
  const answer = await gallery.app.request("/items/1/thumbnail");
  expect(answer.headers.get("content-type")).toBe("image/webp");
  expect(answer.headers.get("cache-control")).toBe("public, no-cache");
  expect(await sharp(await answer.arrayBuffer()).metadata()).toMatchObject({
    format: "webp",
    width: 40,
    height: 30,
  });
});

test("caches ask again, and see the image that replaced another", async () => {
  const add = async (seed: number) => {
    const answer = await post(gallery.app, "/items?id=mine", await noiseBytes(seed));
    expect(answer.status).toBe(201);
  };
  for (const part of ["thumbnail", "image"]) {
    const get = (headers = {}) => gallery.app.request(`/items/mine/${part}`, { headers });
    await add(1);
    const first = await get();
    expect(first.headers.get("cache-control")).toBe("public, no-cache");
    const bytes = Buffer.from(await first.arrayBuffer());
    const tag = { "if-none-match": `"other", W/${first.headers.get("etag")}` };
    const same = await get(tag);
    expect([same.status, same.headers.get("etag")]).toEqual([304, first.headers.get("etag")]);
    await add(2);
    const second = await get(tag);
    expect(second.status).toBe(200);
    expect(second.headers.get("etag")).not.toBe(first.headers.get("etag"));
    expect(Buffer.from(await second.arrayBuffer())).not.toEqual(bytes);
    await gallery.app.request("/items/mine", { method: "DELETE" });
    expect((await get(tag)).status).toBe(404);
    await add(1);
    expect((await get(tag)).status).toBe(304);
  }
});

test("names the type of the content, whatever the file's extension", async () => {
  const jpeg = await sharp(await noise(seedOf(0)))
    .jpeg()
    .toBuffer();
  writeFileSync(gallery.items[0]!.path, jpeg);
  expect(gallery.items[0]!.path).toMatch(/\.png$/);
  const answer = await gallery.app.request("/items/0/image");
  expect(answer.headers.get("content-type")).toBe("image/jpeg");
  expect(Buffer.from(await answer.arrayBuffer())).toEqual(jpeg);
});

test("answers HEAD with the length, and leaves no file open", async () => {
  const answer = await gallery.app.request("/items/1/image", { method: "HEAD" });
  expect(answer.headers.get("content-length")).toBe(String((await noise(seedOf(1))).length));
  expect(await answer.text()).toBe("");
  const open = readdirSync("/proc/self/fd").map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return "";
    }
  });
  expect(open.filter((path) => path.endsWith("/1.png"))).toEqual([]);
});

test("answers 404 for an image file that is missing or damaged", async () => {
  unlinkSync(gallery.items[2]!.path);
  const gone = await gallery.app.request("/items/2/image");
  expect(gone.status).toBe(404);
  expect((await problemIn(gone)).detail).toMatch(/gone/);
  writeFileSync(gallery.items[2]!.path, "no image");
  const other = await gallery.app.request("/items/2/image");
  expect(other.status).toBe(404);
  expect((await problemIn(other)).detail).toMatch(/no longer an image/);
  const damaged = await gallery.app.request("/items/2/thumbnail");
  expect(damaged.status).toBe(404);
  expect((await problemIn(damaged)).detail).toMatch(/damaged/);
});
