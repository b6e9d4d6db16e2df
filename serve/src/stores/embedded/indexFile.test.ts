import { mkdtempSync, readFileSync, rmSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { uniform } from "@plumage/models";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Catalog, type NewRow } from "./catalog.ts";
import { buildIndex, openIndex } from "./indexFile.ts";

const model = { dimension: 16, model: "a model" };
let folder: string;
let catalog: Catalog;

const next = uniform(1);
const unit = () => {
  const values = Float32Array.from({ length: 16 }, () => next() - 0.5);
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
};
const row = (id: string, embedding: Float32Array): NewRow => ({
  ...{ id, label: "x", path: "/x.png", box: undefined, source: undefined },
  ...{ metadata: {}, uploaded: false, bytes: 1, modified: 1, embedding },
});

describe("the index file", () => {
  const index = () => join(folder, "index");
  const open = async () => {
    const lines: string[] = [];
    const store = await openIndex(index(), catalog, model, (line) => lines.push(line));
    return { store, said: lines.join() };
  };
  /** Every item finds itself. */
  const expectWhole = async (store: Awaited<ReturnType<typeof open>>["store"]) => {
    expect(store.size).toBe(catalog.size);
    for (const { key, embedding } of catalog.embeddings())
      expect(store.search(embedding, 1)[0]!.key).toBe(key);
  };
  afterEach(() => {
    catalog.close();
    rmSync(folder, { recursive: true });
  });
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "plumage-index-file-"));
    catalog = new Catalog(join(index(), "catalogue.db"));
    catalog.put(Array.from({ length: 40 }, (_, i) => row(String(i), unit())));
    await buildIndex(index(), catalog, model);
  });

  test("is loaded as it was written", async () => {
    const written = statSync(join(index(), "index.usearch")).mtimeMs;
    const { store, said } = await open();
    expect(said).toBe("");
    expect(statSync(join(index(), "index.usearch")).mtimeMs).toBe(written);
    await expectWhole(store);
  });

  test.each([
    ["damaged", () => damage(join(index(), "index.usearch")), /damaged/],
    ["cut off", () => writeFileSync(join(index(), "index.usearch"), "x"), /damaged/],
    ["gone", () => unlinkSync(join(index(), "index.usearch")), /missing or damaged/],
    ["without its sidecar", () => unlinkSync(join(index(), "index.json")), /missing or damaged/],
    [
      "beside a foreign sidecar",
      () => writeFileSync(join(index(), "index.json"), "{}"),
      /missing or damaged/,
    ],
    [
      "of another model",
      () => buildIndex(index(), catalog, { ...model, model: "another" }),
      /another model/,
    ],
    ["of newer items", () => catalog.setMeta("revision", "0"), /newer than the catalog/],
  ] as const)("%s, it is built again and says so", async (_, harm, reason) => {
    await harm();
    const { store, said } = await open();
    expect(said).toMatch(/built again from the catalog/);
    expect(said).toMatch(reason);
    await expectWhole(store);
    expect((await open()).said).toBe("");
  });

  test("of older items, it is brought up to date", async () => {
    catalog.put([replaced()]);
    catalog.remove(["1", "2"]);
    catalog.put([{ ...replaced(), id: "new" }]);
    catalog.remove(["new"]);
    const { store, said } = await open();
    expect(said).toMatch(/up to date: 1 new/);
    await expectWhole(store);
  });

  /** One item with another's embedding: as many as before, but not the same. */
  const replaced = () => {
    const embedding = new Float32Array(16);
    embedding[3] = 1;
    return row("7", embedding);
  };
});

function damage(path: string): void {
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1]! ^= 0xff;
  writeFileSync(path, bytes);
}
