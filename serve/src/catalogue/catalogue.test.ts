import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Catalogue, type NewItem, openCatalogue } from "./catalogue.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plumage-catalogue-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = () => new Catalogue(join(folder, "catalogue.db"));
const item = (id: string, more: Partial<NewItem> = {}): NewItem => ({
  id,
  label: `of ${id}`,
  path: `/${id}.png`,
  box: undefined,
  source: undefined,
  bytes: 7,
  modified: 1.5,
  embedding: Float32Array.of(0.25, -1, 3e-8),
  ...more,
});

test("what is put is found again, by another process too", () => {
  const box = { x: 1, y: 2, width: 3, height: 4 };
  const first = open();
  first.put([item("a", { box, source: "s" }), item("ü/ö")]);
  first.close();
  const catalogue = open();
  expect(catalogue.size).toBe(2);
  const { embedding, ...expected } = item("a", { box, source: "s" });
  const found = catalogue.byId("a")!;
  expect(found).toEqual({ key: found.key, ...expected });
  expect(catalogue.byKey(found.key)).toEqual(found);
  expect(catalogue.embedding(found.key)).toEqual(embedding);
  expect(catalogue.byId("ü/ö")!.box).toBeUndefined();
  expect(catalogue.byId("b")).toBeUndefined();
  expect(catalogue.embedding(99)).toBeUndefined();
  catalogue.close();
});

test("an item that is put again keeps its key", () => {
  const catalogue = open();
  catalogue.put([item("a"), item("b")]);
  const { key } = catalogue.byId("a")!;
  catalogue.put([item("a", { label: "new", embedding: Float32Array.of(1, 0, 0) })]);
  expect(catalogue.byId("a")).toMatchObject({ key, label: "new" });
  expect(catalogue.embedding(key)).toEqual(Float32Array.of(1, 0, 0));
  expect(catalogue.size).toBe(2);
  catalogue.close();
});

test("all of a put or none of it", () => {
  const catalogue = open();
  catalogue.put([item("a")]);
  const { revision } = catalogue;
  const broken = { ...item("c"), label: null as unknown as string };
  expect(() => catalogue.put([item("b"), broken])).toThrow();
  expect(catalogue.ids()).toEqual(["a"]);
  expect(catalogue.revision).toBe(revision);
  catalogue.close();
});

test("every change counts, and nothing else", () => {
  const catalogue = open();
  const revisions = [catalogue.revision];
  for (const change of [
    () => catalogue.put([item("a")]),
    () => catalogue.put([item("a")]),
    () => catalogue.remove(["a"]),
    () => catalogue.adopt("a model"),
  ]) {
    change();
    revisions.push(catalogue.revision);
  }
  expect(revisions).toEqual([0, 1, 2, 3, 4]);
  catalogue.put([]);
  catalogue.remove([]);
  catalogue.adopt("a model");
  expect(catalogue.revision).toBe(4);
  catalogue.close();
});

test("another model's embeddings go, the same model's stay", () => {
  const catalogue = open();
  expect(catalogue.adopt("first")).toBe(false);
  catalogue.put([item("a")]);
  expect(catalogue.adopt("first")).toBe(false);
  expect(catalogue.ids()).toEqual(["a"]);
  expect(catalogue.adopt("second")).toBe(true);
  expect(catalogue.ids()).toEqual([]);
  expect(catalogue.meta("model")).toBe("second");
  catalogue.close();
});

test("only a catalogue that is there is opened, where one must be", () => {
  const path = join(folder, "none", "catalogue.db");
  expect(() => openCatalogue(path, "make one")).toThrow(
    expect.objectContaining({ code: "bad-file", hint: "make one" }),
  );
  expect(existsSync(path)).toBe(false);
});

test("embeddings and pages come in the order of their keys, across page borders", () => {
  const catalogue = open();
  const ids = Array.from({ length: 1100 }, (_, i) => String(i));
  catalogue.put(ids.map((id, i) => item(id, { embedding: Float32Array.of(i) })));
  expect([...catalogue.embeddings()].map(({ embedding }) => embedding[0])).toEqual(ids.map(Number));
  const page = catalogue.page(catalogue.byId("9")!.key, 3);
  expect(page.map(({ id }) => id)).toEqual(["10", "11", "12"]);
  catalogue.close();
});

test("a file that is no catalogue, or of another version, is refused", () => {
  writeFileSync(join(folder, "catalogue.db"), "this is not a database, whatever its name says".repeat(50));
  expect(open).toThrow(/no catalogue/);
  rmSync(join(folder, "catalogue.db"));
  const catalogue = open();
  catalogue.setMeta("schema", "0");
  catalogue.close();
  expect(open).toThrow(/version 0/);
});
