import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ImageInput } from "../state/query.ts";
import { Renditions } from "./renditions.ts";

const photo: ImageInput = { kind: "image", name: "a.heic", url: "blob:photo", blob: new Blob() };
const render = vi.fn(async (_blob: Blob, _key: string) => new Blob(["jpeg"]));
const onMade = vi.fn();
const revoked: string[] = [];
let renditions: Renditions;

beforeEach(() => {
  render.mockClear();
  onMade.mockClear();
  revoked.length = 0;
  vi.spyOn(URL, "createObjectURL").mockReturnValue("blob:rendition");
  vi.spyOn(URL, "revokeObjectURL").mockImplementation((url) => void revoked.push(url));
  renditions = new Renditions({ render }, onMade);
});
afterEach(() => vi.restoreAllMocks());

test("shows an image itself until the browser has failed to", async () => {
  expect(renditions.urlOf(photo)).toBe("blob:photo");
  await renditions.make(photo);
  expect(renditions.urlOf(photo)).toBe("blob:rendition");
  expect(onMade).toHaveBeenCalledOnce();
});

test("makes one rendition of an image", async () => {
  await Promise.all([renditions.make(photo), renditions.make(photo)]);
  await renditions.make(photo);
  expect(render.mock.calls).toEqual([[photo.blob, photo.url]]);
});

test("leaves an image alone that cannot be read", async () => {
  render.mockRejectedValueOnce(new Error("the HEIC file is damaged"));
  await renditions.make(photo);
  expect(renditions.urlOf(photo)).toBe("blob:photo");
  expect(onMade).not.toHaveBeenCalled();
});

test("frees an image together with its rendition, made or not", async () => {
  await renditions.make(photo);
  renditions.revoke(photo.url);
  expect(revoked).toEqual(["blob:rendition", "blob:photo"]);
  const pending = renditions.make(photo);
  renditions.revoke(photo.url);
  await pending;
  expect(renditions.urlOf(photo)).toBe("blob:photo");
  expect(onMade).toHaveBeenCalledOnce();
});
