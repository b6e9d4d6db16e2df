import { PlumageError } from "@plumage/models";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Collection } from "../collection/collection.ts";
import { GalleryNeighbors } from "./galleryNeighbors.ts";

/** A gallery whose searches wait until they are let go. */
class SlowGallery {
  searches = 0;
  revisionNow = "1";
  readonly items = Array.from({ length: 100 }, (_, key) => ({ key, id: `${key}`, label: "x" }));
  #release: (() => void)[] = [];
  isFree = false;
  error: Error | undefined;

  readonly collection = {
    size: async () => this.items.length,
    revision: async () => this.revisionNow,
    page: async (after: number) => this.items.filter(({ key }) => key > after),
    embeddings: async (ids: readonly string[]) => ids.map(() => Float32Array.of(1)),
    nearest: async () => {
      this.searches++;
      if (this.error) throw this.error;
      if (!this.isFree) await new Promise<void>((resolve) => this.#release.push(resolve));
      return [{ item: this.items[0], score: 1 }];
    },
  } as unknown as Collection;

  /** Lets this search go, and all that follow. */
  free() {
    this.isFree = true;
    for (const release of this.#release.splice(0)) release();
  }
}

const turn = () => vi.advanceTimersByTimeAsync(0);
const never = new AbortController().signal;
let gallery: SlowGallery;
let neighbors: GalleryNeighbors;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  gallery = new SlowGallery();
  neighbors = new GalleryNeighbors(gallery.collection);
});
afterEach(() => vi.useRealTimers());

test("searches once for each state of the gallery", async () => {
  gallery.free();
  const [first, second] = await Promise.all([neighbors.get(never), neighbors.get(never)]);
  expect(first.items).toHaveLength(100);
  expect(second).toBe(first);
  expect(await neighbors.get(never)).toBe(first);
  expect(gallery.searches).toBe(100);
  gallery.revisionNow = "2";
  expect(await neighbors.get(never)).not.toBe(first);
  expect(gallery.searches).toBe(200);
});

test("a change does not interrupt a search that is running", async () => {
  const first = neighbors.get(never);
  await turn();
  gallery.revisionNow = "2";
  const second = neighbors.get(never);
  await turn();
  gallery.free();
  expect(await second).toBe(await first);
  expect(gallery.searches).toBe(100);
});

describe("stops", () => {
  test("when the last client leaves", async () => {
    const [one, other] = [new AbortController(), new AbortController()];
    const gone = expect(neighbors.get(one.signal)).rejects.toThrow("left");
    const goneToo = expect(neighbors.get(other.signal)).rejects.toThrow("left");
    await turn();
    one.abort(new Error("left"));
    await gone;
    other.abort(new Error("left"));
    await goneToo;
    gallery.free();
    await turn();
    expect(gallery.searches).toBe(1);
    expect((await neighbors.get(never)).items).toHaveLength(100);
  });

  test("when nobody asks again", async () => {
    const refused = expect(neighbors.get(never)).rejects.toMatchObject({ code: "unavailable" });
    await vi.advanceTimersByTimeAsync(20_000);
    await refused;
    await vi.advanceTimersByTimeAsync(60_000);
    gallery.free();
    await turn();
    expect(gallery.searches).toBe(1);
  });
});

test("goes on while a client that has waited too long asks again", async () => {
  const refused = expect(neighbors.get(never)).rejects.toThrow(
    "the items of the gallery are being compared: 0 % done",
  );
  await vi.advanceTimersByTimeAsync(20_000);
  await refused;
  await vi.advanceTimersByTimeAsync(59_000);
  const found = neighbors.get(never);
  await turn();
  gallery.free();
  expect((await found).items).toHaveLength(100);
  expect(gallery.searches).toBe(100);
  await vi.advanceTimersByTimeAsync(600_000);
  expect((await neighbors.get(never)).items).toHaveLength(100);
  expect(gallery.searches).toBe(100);
});

test("a failure is not kept", async () => {
  gallery.error = new PlumageError("unavailable", "the database is down");
  await expect(neighbors.get(never)).rejects.toThrow("the database is down");
  gallery.error = undefined;
  gallery.free();
  expect((await neighbors.get(never)).items).toHaveLength(100);
});

test("refuses galleries that are too large", async () => {
  Object.defineProperty(gallery.items, "length", { value: 200_001 });
  await expect(neighbors.get(never)).rejects.toMatchObject({
    code: "bad-input",
    message: "the gallery has 200001 items, and at most 200000 can be compared",
  });
});
