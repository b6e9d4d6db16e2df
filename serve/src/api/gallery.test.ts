import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Catalogue } from "../catalogue/catalogue.ts";
import { UsearchStore } from "../store/usearchStore.ts";
import { nearestItems } from "./gallery.ts";

let folder: string;
let catalogue: Catalogue;
let store: UsearchStore;

/** Neighbours on a circle, closer together than half floats can tell; item "0" is the nearest to the first axis. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plumage-nearest-"));
  catalogue = new Catalogue(join(folder, "catalogue.db"));
  store = new UsearchStore(4);
  for (const i of [4, 0, 9, 2, 7, 1, 8, 3, 6, 5]) {
    const angle = 0.5 + i * 2e-5;
    const embedding = Float32Array.of(Math.cos(angle), Math.sin(angle), 0, 0);
    const where = { label: "x", path: "/x", box: undefined, source: undefined, bytes: 1, modified: 1 };
    catalogue.put([{ id: String(i), ...where, embedding }]);
    store.add(catalogue.byId(String(i))!.key, embedding);
  }
});
afterEach(() => {
  catalogue.close();
  rmSync(folder, { recursive: true });
});

const axis = Float32Array.of(1, 0, 0, 0);

test("neighbours that the store cannot tell apart are in order, with exact scores", () => {
  const found = nearestItems(axis, 5, { catalogue, store });
  expect(found.map(({ item }) => item.id)).toEqual(["0", "1", "2", "3", "4"]);
  for (const [i, { score }] of found.entries()) expect(score).toBeCloseTo(Math.cos(0.5 + i * 2e-5), 6);
});

test("an item that has left the catalogue is not found any more", () => {
  catalogue.remove(["1"]);
  const found = nearestItems(axis, 3, { catalogue, store });
  expect(found.map(({ item }) => item.id)).toEqual(["0", "2", "3"]);
});
