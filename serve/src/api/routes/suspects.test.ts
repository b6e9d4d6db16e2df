import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dot, suspectLabel, suspicionMargin } from "@plumage/models";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { z } from "zod";
import { useStore } from "../../../test/support/gallery.ts";
import { problemIn } from "../../../test/support/requests.ts";
import { stores } from "../../../test/support/stores.ts";
import { vectorApp, vectorItem } from "../../../test/support/vectorGallery.ts";
import { nearVectors, unitVectors } from "../../../test/support/vectors.ts";
import type { Collection } from "../../collection/collection.ts";
import type { NewItem } from "../../collection/item.ts";
import { pageSchema } from "../schemas/items.ts";

const dimension = 16;
const classes = ["owl", "hen", "jay", "tit"];
const center = unitVectors(dimension, 3);

/** Twelve images of each class; every eleventh has the label of the next class. */
const given: NewItem[] = classes.flatMap((label, at) =>
  nearVectors(center(), 12, 0.6, at).map((embedding, i) => {
    const isWrong = (12 * at + i) % 11 === 0;
    const shown = isWrong ? classes[(at + 1) % 4]! : label;
    return vectorItem(`${label}-${i}`, embedding, { label: shown });
  }),
);
const wrong = given.filter(({ id, label }) => !id.startsWith(label));

describe.each(stores)("$name", (store) => {
  const runningStore = useStore(store);
  let folder: string;
  let collection: Collection;
  let app: ReturnType<typeof vectorApp>;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "plumage-suspects-"));
    collection = await runningStore.open(folder, { sha256: "first", dimension }, "index");
    app = vectorApp(collection);
  });
  afterEach(async () => {
    await collection.close();
    rmSync(folder, { recursive: true });
  });
  const pageOf = async (query = ""): Promise<z.infer<typeof pageSchema>> => {
    const answer = await app.request(`/items?suspect=label${query}`);
    return pageSchema.parse(await answer.json());
  };

  test("lists what looks mislabeled with the label of its neighbors", async () => {
    await collection.put(given);
    const { items, total, next } = await pageOf();
    expect(items.map(({ id }) => id).sort()).toEqual(wrong.map(({ id }) => id).sort());
    expect([total, next]).toEqual([wrong.length, null]);
    for (const { id, label, suspect } of items) {
      expect(id.startsWith(`${suspect!.suggested}-`)).toBe(true);
      expect(suspect!.votes).toBeGreaterThan(0.6);
      expect(suspect!.ownVotes).toBeLessThan(0.3);
      expect(label).not.toBe(suspect!.suggested);
    }
    const margins = items.map(({ suspect }) => suspicionMargin(suspect!));
    expect(margins).toEqual(margins.toSorted((a, b) => b - a));
  });

  test("says the same as a search of all pairs", async () => {
    await collection.put(given);
    for (const { id, suspect } of (await pageOf()).items) {
      const query = given.find((each) => each.id === id)!;
      const neighbors = given
        .filter((each) => each !== query)
        .map(({ label, embedding }) => ({ label, score: dot(embedding, query.embedding) }))
        .sort((a, b) => b.score - a.score);
      const size = given.filter(({ label }) => label === query.label).length;
      const expected = suspectLabel(query.label, neighbors, size)!;
      expect(suspect!.suggested).toBe(expected.suggested);
      expect(suspect!.votes).toBeCloseTo(expected.votes, 4);
      expect(suspect!.ownVotes).toBeCloseTo(expected.ownVotes, 4);
    }
  });

  test("pages the list, and leaves out what is gone", async () => {
    await collection.put(given);
    const whole = (await pageOf()).items.map(({ id }) => id);
    const ids: string[] = [];
    for (let after: number | null = -1; after !== null; ) {
      const page = await pageOf(`&limit=3&after=${after}`);
      ids.push(...page.items.map(({ id }) => id));
      after = page.next;
    }
    expect(ids).toEqual(whole);
    expect(await pageOf("&after=999999")).toEqual({ items: [], total: whole.length, next: null });
    await collection.remove([whole[0]!]);
    expect((await pageOf()).items.map(({ id }) => id)).not.toContain(whole[0]);
  });

  test("follows a label that is corrected", async () => {
    await collection.put(given);
    const [first] = (await pageOf()).items;
    const corrected = given.find(({ id }) => id === first!.id)!;
    await collection.put([{ ...corrected, label: first!.suspect!.suggested }]);
    const { items, total } = await pageOf();
    expect(items.map(({ id }) => id)).not.toContain(first!.id);
    expect(total).toBe(wrong.length - 1);
  });

  test("an empty gallery and one without labels have no suspects", async () => {
    expect(await pageOf()).toEqual({ items: [], total: 0, next: null });
    await collection.put(given.map((item) => ({ ...item, label: "unlabeled" })));
    expect(await pageOf()).toEqual({ items: [], total: 0, next: null });
  });

  test("limits a page's bytes, and misses nothing", async () => {
    const metadata = Object.fromEntries(
      Array.from({ length: 600 }, (_, i) => [`a${i}`, "x".repeat(1000)]),
    );
    const isWrong = (item: NewItem) => wrong.includes(item);
    await collection.put(given.map((item) => (isWrong(item) ? { ...item, metadata } : item)));
    const page = await pageOf();
    expect(page.items).toHaveLength(1);
    expect((await pageOf(`&after=${page.next}`)).items).toHaveLength(1);
  });

  test("refuses to suspect anything else", async () => {
    const problem = await problemIn(await app.request("/items?suspect=box"));
    expect(problem).toMatchObject({ status: 400, detail: "suspect: use label" });
  });
});
