import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { contextOf, openTestModel } from "../../../test/support/context.ts";
import { useGallery, useStore, useTinyModel } from "../../../test/support/gallery.ts";
import { writeColors, writePair } from "../../../test/support/pair.ts";
import { formOf, post, problemIn } from "../../../test/support/requests.ts";
import { stores } from "../../../test/support/stores.ts";
import { noiseBytes } from "../../../test/support/tinyModel.ts";
import type { Collection } from "../../collection/collection.ts";
import type { Model } from "../../embedder/model.ts";
import { indexItems } from "../../indexing/indexItems.ts";
import { createApp } from "../app.ts";
import { searchResultsSchema } from "../schemas/search.ts";

const store = useStore(stores[0]!);
let folder: string;
let model: Model;
let collection: Collection;
let app: ReturnType<typeof createApp>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "plumage-words-"));
  await writePair(folder);
  model = await openTestModel(folder);
  collection = await store.open(folder, model.indexed, "index");
  const items = await writeColors(join(folder, "images"));
  await indexItems(collection, model, { items, unread: [] }, new AbortController().signal);
  app = createApp(contextOf(model, collection));
});
afterAll(async () => {
  await collection.close();
  await model.close();
  rmSync(folder, { recursive: true });
});

const search = async (path: string, body: BodyInit | null = null) =>
  searchResultsSchema.parse(await (await post(app, path, body)).json());
const byText = (text: string, more = "") =>
  search(`/search?text=${encodeURIComponent(text)}${more}`);

test.each(["red", "green", "blue", "black", "white"])("finds what is %s", async (color) => {
  for (const text of [color, `A photo of a ${color.toUpperCase()} square`]) {
    const { results, timings } = await byText(text);
    expect(results).toHaveLength(5);
    expect(results[0]!.label).toBe(color);
    expect(timings.embed).toBeGreaterThan(0);
    expect(timings.decode).toBe(0);
  }
});

test("takes the text in a form, and ignores space around it", async () => {
  const { results } = await byText("a red bird");
  expect((await search("/search", formOf(["text", "  a red bird\n"]))).results).toEqual(results);
});

test("says how many tokens of a long text were searched with", async () => {
  expect((await byText("red")).text).toEqual({ tokens: 3, used: 3 });
  const long = await byText("a white bird ".repeat(70));
  expect(long.text!.used).toBe(77);
  expect(long.text!.tokens).toBeGreaterThan(77);
  expect(long.results[0]!.label).toBe("white");
});

test("examples move the results", async () => {
  const moved = await byText("red", "&like=blue&unlike=green");
  // Examples are not among the results.
  expect(moved.results.map(({ id }) => id).sort()).toEqual(["black", "red", "white"]);
  const scoreOf = (found: typeof moved, id: string) =>
    found.results.find((each) => each.id === id)!.score;
  expect(scoreOf(moved, "black")).not.toBeCloseTo(scoreOf(await byText("red"), "black"), 2);
});

test("filters apply to searches by text", async () => {
  const { results } = await byText("red", "&label=blue&minScore=-1&k=2");
  expect(results.map(({ id }) => id)).toEqual(["blue"]);
});

describe("refuses", () => {
  test.each([
    ["text=%20", "text: the text is empty"],
    [`text=${"x".repeat(1001)}`, "text: use at most 1000 characters"],
    ["text=a%00b", "text: use well-formed Unicode text without NUL"],
    ["text=red&minConfidence=0.1", "minConfidence: results of a text have no confidence"],
  ])("%.40s", async (query, detail) => {
    const answer = await post(app, `/search?${query}`, null);
    expect(answer.status).toBe(400);
    expect((await problemIn(answer)).detail).toBe(detail);
  });

  test("a text and an image at once", async () => {
    const answer = await post(app, "/search?text=red", await noiseBytes(1));
    expect((await problemIn(answer)).detail).toBe("text: the request has an image, too");
  });
});

describe("a model without a text encoder, but with a calibration", () => {
  const plain = useGallery(store.open, useTinyModel(), 3);

  test("answers in one line", async () => {
    const answer = await post(plain.app, "/search?text=red", null);
    expect(await problemIn(answer)).toMatchObject({
      status: 400,
      detail: 'text: the model "tiny" has no text encoder',
      hint: expect.stringContaining("--text-onnx"),
    });
  });
});
