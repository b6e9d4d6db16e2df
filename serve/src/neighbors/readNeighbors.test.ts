import { dot } from "@plumage/models";
import { beforeEach, describe, expect, test } from "vitest";
import { nearVectors, unitVectors } from "../../test/support/vectors.ts";
import type { Collection, NearestOptions } from "../collection/collection.ts";
import type { ComparedGallery } from "./comparedGallery.ts";
import { readNeighbors } from "./readNeighbors.ts";

const dimension = 8;
const count = 1200;
const center = unitVectors(dimension, 1);

/** A gallery in memory, searched exactly. */
class MemoryGallery {
  readonly items = new Map<
    number,
    { key: number; id: string; label: string; vector: Float32Array }
  >();
  searches = 0;
  #lastKey = 0;

  add(id: string, vector: Float32Array, label = "x") {
    this.remove(id);
    const key = ++this.#lastKey;
    this.items.set(key, { key, id, label, vector });
  }
  remove(id: string) {
    for (const item of this.items.values()) if (item.id === id) this.items.delete(item.key);
  }

  readonly collection = {
    size: async () => this.items.size,
    page: async (after: number, limit: number) =>
      [...this.items.values()].filter(({ key }) => key > after).slice(0, limit),
    embeddings: async (ids: readonly string[]) => {
      const vectors = new Map([...this.items.values()].map(({ id, vector }) => [id, vector]));
      return ids.map((id) => vectors.get(id));
    },
    nearest: async (embedding: Float32Array, { k, exclude }: NearestOptions) => {
      this.searches++;
      return [...this.items.values()]
        .filter(({ id }) => !exclude?.has(id))
        .map((item) => ({ item, score: dot(item.vector, embedding) }))
        .sort((a, b) => b.score - a.score)
        .slice(0, k);
    },
  } as unknown as Collection;
}

const read = (gallery: MemoryGallery, previous?: ComparedGallery) => {
  gallery.searches = 0;
  const { signal } = new AbortController();
  return readNeighbors(gallery.collection, { previous, signal, onProgress: () => undefined });
};
/** The ids of the nearest of each item, by id. */
const nearestIds = ({ items, neighbors }: ComparedGallery, k: number) =>
  new Map(
    items.map(({ id }, at) => [
      id,
      Array.from(neighbors[at]!.indices.slice(0, k), (index) => items[index]!.id),
    ]),
  );

let gallery: MemoryGallery;
let first: ComparedGallery;
beforeEach(async () => {
  gallery = new MemoryGallery();
  for (let c = 0; c < count / 40; c++)
    for (const [i, vector] of nearVectors(center(), 40, 0.5, c).entries())
      gallery.add(`${c}-${i}`, vector);
  first = await read(gallery);
});

test("finds the 32 nearest of every item, without itself", () => {
  expect(gallery.searches).toBe(count);
  for (const [at, { indices, scores }] of first.neighbors.entries()) {
    expect(indices).toHaveLength(32);
    expect(indices).not.toContain(at);
    expect(Array.from(scores)).toEqual(Array.from(scores).sort((a, b) => b - a));
  }
});

describe("after a small change", () => {
  test("searches for nothing if items are removed, and the others keep their nearest", async () => {
    for (let i = 0; i < 60; i++) gallery.remove(`${i % 30}-${i}`);
    const second = await read(gallery, first);
    expect(gallery.searches).toBe(0);
    expect(nearestIds(second, 16)).toEqual(nearestIds(await read(gallery), 16));
  });

  test("searches for what is new, and enters it in the lists of others", async () => {
    for (const [i, vector] of nearVectors(center(), 20, 0.5, 99).entries())
      gallery.add(`new-${i}`, vector);
    for (let i = 0; i < 20; i++) {
      const { id, vector } = [...gallery.items.values()].find(({ id }) => id === `${i}-0`)!;
      gallery.add(id, vector, "corrected");
    }
    const second = await read(gallery, first);
    expect(gallery.searches).toBe(40);
    expect(nearestIds(second, 16)).toEqual(nearestIds(await read(gallery), 16));
    expect(second.items.filter(({ label }) => label === "corrected")).toHaveLength(20);
  });

  test("searches again for items that have lost most neighbors", async () => {
    for (let i = 0; i < 30; i++) gallery.remove(`3-${i}`);
    const second = await read(gallery, first);
    expect(gallery.searches).toBeGreaterThan(0);
    expect(gallery.searches).toBeLessThan(60);
    expect(nearestIds(second, 16)).toEqual(nearestIds(await read(gallery), 16));
  });
});

test("compares a gallery anew that has changed much", async () => {
  for (const [i, vector] of nearVectors(center(), 200, 0.5, 98).entries())
    gallery.add(`new-${i}`, vector);
  await read(gallery, first);
  expect(gallery.searches).toBe(count + 200);
});

test("stops between two searches", async () => {
  const stop = new AbortController();
  const onProgress = () => stop.abort(new Error("left"));
  gallery.searches = 0;
  const reading = readNeighbors(gallery.collection, { signal: stop.signal, onProgress });
  await expect(reading).rejects.toThrow("left");
  expect(gallery.searches).toBe(64);
});
