import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Catalogue, type NewRow, openCatalogue } from "./catalogue.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plumage-catalogue-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = () => new Catalogue(join(folder, "catalogue.db"));
const item = (id: string, more: Partial<NewRow> = {}): NewRow => ({
  id,
  label: `of ${id}`,
  path: `/${id}.png`,
  box: undefined,
  source: undefined,
  metadata: {},
  uploaded: false,
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

test("an item that is put again gets a new key, and keys are never given twice", () => {
  const catalogue = open();
  const { added } = catalogue.put([item("a"), item("b")]);
  const again = catalogue.put([item("b", { label: "new", embedding: Float32Array.of(1, 0, 0) })]);
  expect(again.replaced).toEqual([added[1]]);
  expect(again.added[0]).toBeGreaterThan(added[1]!);
  expect(catalogue.byId("b")).toMatchObject({ key: again.added[0], label: "new" });
  expect(catalogue.embedding(again.added[0]!)).toEqual(Float32Array.of(1, 0, 0));
  expect(catalogue.embedding(added[1]!)).toBeUndefined();
  expect(catalogue.size).toBe(2);
  expect(catalogue.remove(["b"])).toEqual(again.added);
  expect(catalogue.put([item("c")]).added[0]).toBeGreaterThan(again.added[0]!);
  catalogue.close();
});

test("what has left since a revision is known until it is forgotten", () => {
  const catalogue = open();
  const { added } = catalogue.put([item("a"), item("b"), item("c")]);
  const { revision } = catalogue;
  expect(catalogue.removedSince(revision)).toEqual([]);
  catalogue.remove(["a"]);
  const between = catalogue.revision;
  catalogue.put([item("b")]);
  expect(catalogue.removedSince(revision)).toEqual([added[0], added[1]]);
  expect(catalogue.removedSince(between)).toEqual([added[1]]);
  catalogue.forgetRemoved(between);
  expect(catalogue.removedSince(0)).toEqual([added[1]]);
  catalogue.close();
});

test("filters go by label and by the metadata's values as text", () => {
  const catalogue = open();
  const { added } = catalogue.put([
    item("a", { label: "x", metadata: { colour: "red", size: 2, ripe: true } }),
    item("b", { label: "y", metadata: { colour: "red", size: 10 } }),
    item("c", { label: "x", metadata: { colour: "blue = sky", 'odd"name': "%" } }),
    item("d", { label: "z" }),
  ]);
  const matching = (labels: string[], metadata: Record<string, string>) => {
    const keys = catalogue.matching({ labels, metadata }, 100);
    expect(catalogue.matchingOf(added, { labels, metadata })).toEqual(keys);
    return keys.map((key) => catalogue.byKey(key)!.id).join("");
  };
  expect(matching([], {})).toBe("abcd");
  expect(matching(["x", "z"], {})).toBe("acd");
  expect(matching([], { colour: "red" })).toBe("ab");
  expect(matching(["x"], { colour: "red" })).toBe("a");
  expect(matching([], { size: "2", ripe: "true" })).toBe("a");
  expect(matching([], { colour: "blue = sky" })).toBe("c");
  expect(matching([], { 'odd"name': "%" })).toBe("c");
  expect(matching([], { ripe: "1" })).toBe("");
  expect(catalogue.matching({ labels: [], metadata: { colour: "red" } }, 1)).toEqual([added[0]]);
  catalogue.close();
});

test("a catalogue of version 1 is brought up to date with all that it holds", () => {
  const old = new Database(join(folder, "catalogue.db"));
  old.exec(`CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
    INSERT INTO meta VALUES ('schema', '1'), ('model', 'm'), ('revision', '4');
    CREATE TABLE items (key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, label TEXT NOT NULL, path TEXT NOT NULL, box TEXT,
      source TEXT, bytes INTEGER NOT NULL, modified REAL NOT NULL, embedding BLOB NOT NULL) STRICT;
    INSERT INTO items VALUES (7, 'a', 'l', '/a.png', NULL, 's', 3, 1.5, x'0000803f');`);
  old.close();
  const catalogue = open();
  expect(catalogue.byId("a")).toEqual({
    ...{ key: 7, id: "a", label: "l", path: "/a.png", box: undefined, source: "s" },
    ...{ metadata: {}, uploaded: false, bytes: 3, modified: 1.5 },
  });
  expect(catalogue.embedding(7)).toEqual(Float32Array.of(1));
  expect([catalogue.meta("model"), catalogue.revision]).toEqual(["m", 4]);
  expect(catalogue.put([item("b")]).added).toEqual([8]);
  catalogue.close();
});

test("all of a put or none of it", () => {
  const catalogue = open();
  catalogue.put([item("a")]);
  const { revision } = catalogue;
  const broken = { ...item("c"), label: null as unknown as string };
  expect(() => catalogue.put([item("b"), broken])).toThrow();
  expect(catalogue.ids({ uploaded: false })).toEqual(["a"]);
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
  expect(catalogue.ids({ uploaded: false })).toEqual(["a"]);
  expect(catalogue.adopt("second")).toBe(true);
  expect(catalogue.ids({ uploaded: false })).toEqual([]);
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
  writeFileSync(
    join(folder, "catalogue.db"),
    "this is not a database, whatever its name says".repeat(50),
  );
  expect(open).toThrow(/no catalogue/);
  rmSync(join(folder, "catalogue.db"));
  const catalogue = open();
  catalogue.setMeta("schema", "0");
  catalogue.close();
  expect(open).toThrow(/version 0/);
});
