import { expect, test } from "vitest";
import { useTinyModel } from "../../test/support/gallery.ts";
import { noise } from "../../test/support/tinyModel.ts";
import type { CollectionItem } from "../collection/item.ts";
import { embedUploadsWith } from "./embedUploads.ts";

const model = useTinyModel();
const { signal } = new AbortController();
const item = (id: string, key: number): CollectionItem => ({
  ...{ id, key, label: "x", path: `/${id}.png`, uploaded: true, metadata: {} },
  ...{ bytes: 1, modified: 1, box: undefined, source: undefined },
});

test("embeds each upload, and says whose image is gone", async () => {
  const lines: string[] = [];
  const embed = embedUploadsWith(model, signal, (line) => lines.push(line));
  const content = await noise(1);
  const { pixels } = await model.reader.read(content);
  const { embedding } = await model.embedder.embed(pixels);
  const read = async ({ id }: CollectionItem) => (id === "b" ? undefined : content);
  const embeddings = await embed([item("a", 3), item("b", 5)], read);
  expect(embeddings).toEqual(
    new Map([
      [3, embedding],
      [5, undefined],
    ]),
  );
  expect(lines).toEqual(["removed the upload b: its image is gone"]);
});

test("stops at an image that the model cannot take, before anything is lost", async () => {
  const embed = embedUploadsWith(model, signal, () => undefined);
  await expect(embed([item("a", 3)], async () => Buffer.from("x"))).rejects.toMatchObject({
    code: "bad-image",
    message: "the uploaded image a cannot be embedded with this model: this is not an image",
    hint: expect.stringContaining("delete it"),
  });
});
