import { mkdtempSync, realpathSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dot } from "@plumage/models";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { useStore } from "../../../test/support/gallery.ts";
import { problemIn } from "../../../test/support/requests.ts";
import { stores } from "../../../test/support/stores.ts";
import { vectorApp, vectorItem } from "../../../test/support/vectorGallery.ts";
import { unitVectors } from "../../../test/support/vectors.ts";
import type { Collection } from "../../collection/collection.ts";
import type { NewItem } from "../../collection/item.ts";
import { duplicatesSchema } from "../schemas/duplicates.ts";

const dimension = 16;

/** A vector at an angle from the first of two directions at right angles. */
const turned = (from: Float32Array, to: Float32Array, angle: number): Float32Array =>
  from.map((x, i) => Math.cos(angle) * x + Math.sin(angle) * to[i]!);

describe.each(stores)("$name", (store) => {
  const runningStore = useStore(store);
  let folder: string;
  let collection: Collection;
  let app: ReturnType<typeof vectorApp>;
  beforeEach(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "plumage-duplicates-")));
    collection = await runningStore.open(folder, { sha256: "first", dimension }, "index");
    app = vectorApp(collection);
  });
  afterEach(async () => {
    await collection.close();
    rmSync(folder, { recursive: true });
  });

  const direction = unitVectors(dimension, 5);
  /** An item with an image file, `angle` away from the first of its group. */
  async function photo(
    id: string,
    [from, to]: readonly [Float32Array, Float32Array],
    angle: number,
    [width, height]: readonly [number, number],
    fields: Partial<NewItem> = {},
  ): Promise<NewItem> {
    const path = join(folder, `${id}.png`);
    const create = { width, height, channels: 3, background: "red" } as const;
    await sharp({ create }).png().toFile(path);
    const { size } = statSync(path);
    const item = { image: { path }, bytes: size, label: "owl", ...fields };
    return vectorItem(id, turned(from, to, angle), item);
  }
  const plane = () => {
    const [from, other] = [direction(), direction()];
    const across = other.map((x, i) => x - dot(from, other) * from[i]!);
    const length = Math.hypot(...across);
    return [from, across.map((x) => x / length)] as const;
  };
  /** Three shots of a moment, two of a scene at different moments, and one of another. */
  async function putPhotos(): Promise<void> {
    const [first, second] = [plane(), plane()];
    await collection.put([
      await photo("small", first, 0, [20, 10]),
      await photo("large", first, 0.1, [40, 20]),
      await photo("wide", first, 0.3, [50, 10]),
      await photo("a", second, 0, [20, 20]),
      await photo("b", second, 0.37, [20, 20], { bytes: 9999 }),
      await photo("alone", plane(), 0, [20, 20]),
    ]);
  }
  const duplicates = async (query = "") =>
    duplicatesSchema.parse(await (await app.request(`/duplicates?${query}`)).json());
  const idsIn = ({ groups }: Awaited<ReturnType<typeof duplicates>>) =>
    groups.map(({ items }) => items.map(({ id }) => id));

  test("groups shots of a moment, the one with most pixels first", async () => {
    await putPhotos();
    const page = await duplicates();
    expect(page).toMatchObject({ threshold: 0.94, total: 1, next: null });
    expect(page.groups[0]!.best).toBe("large");
    expect(page.groups[0]!.items).toMatchObject([
      { id: "large", width: 40, height: 20, image: "/items/large/image", label: "owl" },
      { id: "wide", width: 50, height: 10 },
      { id: "small", width: 20, height: 10 },
    ]);
    const scores = page.groups[0]!.items.map(({ score }) => score);
    for (const score of scores) expect(score).toBeGreaterThan(0.94);
    expect(Math.max(...scores)).toBe(1);
  });

  test("has more in the tier of scenes, and follows a threshold", async () => {
    await putPhotos();
    expect(idsIn(await duplicates("tier=scene"))).toEqual([
      ["large", "wide", "small"],
      // As many pixels: the larger file.
      ["b", "a"],
    ]);
    expect(idsIn(await duplicates("threshold=0.99"))).toEqual([["large", "small"]]);
    expect(await duplicates("threshold=1")).toMatchObject({ groups: [], total: 0, next: null });
  });

  test("takes the pixels of an item's box, and puts images without a file last", async () => {
    const first = plane();
    await collection.put([
      await photo("boxed", first, 0, [99, 99], { box: { x: 1, y: 1, width: 5, height: 4 } }),
      await photo("gone", first, 0.05, [99, 99], { bytes: 9999 }),
      await photo("whole", first, 0.1, [6, 6]),
    ]);
    rmSync(join(folder, "gone.png"));
    const [group] = (await duplicates()).groups;
    expect(group!.items.map(({ id, width, height }) => [id, width, height])).toEqual([
      ["whole", 6, 6],
      ["boxed", 5, 4],
      ["gone", undefined, undefined],
    ]);
  });

  test("pages the groups, and leaves out what is gone", async () => {
    await putPhotos();
    const first = await duplicates("tier=scene&limit=1");
    expect(first).toMatchObject({ total: 2, next: 0 });
    const second = await duplicates(`tier=scene&limit=1&after=${first.next}`);
    expect(idsIn(second)).toEqual([["b", "a"]]);
    expect(second.next).toBeNull();
    await collection.remove(["a", "large"]);
    expect(idsIn(await duplicates("tier=scene"))).toEqual([["wide", "small"]]);
  });

  test("writes all groups as a table", async () => {
    const [first, second] = [plane(), plane()];
    await collection.put([
      await photo("a", first, 0, [20, 10], { label: 'a "barn", owl' }),
      await photo("b", first, 0.1, [20, 20], { label: "=owl" }),
      await photo("c", second, 0, [20, 10], { bytes: 77 }),
      await photo("d", second, 0, [20, 10], { bytes: 76 }),
    ]);
    const bytes = (id: string) => statSync(join(folder, `${id}.png`)).size;
    const answer = await app.request("/duplicates?format=csv&limit=1");
    expect(answer.headers.get("content-type")).toBe("text/csv; charset=utf-8");
    expect(answer.headers.get("content-disposition")).toContain("duplicates.csv");
    const score = Math.cos(0.1).toFixed(4);
    // The lower key of two with as many pairs is the center.
    expect((await answer.text()).split("\r\n")).toEqual([
      "group,best,id,label,score,width,height,bytes",
      `1,yes,b,=owl,${score},20,20,${bytes("b")}`,
      `1,no,a,"a ""barn"", owl",1.0000,20,10,${bytes("a")}`,
      "2,yes,c,owl,1.0000,20,10,77",
      "2,no,d,owl,1.0000,20,10,76",
      "",
    ]);
  });

  test("keeps everything", async () => {
    await putPhotos();
    await duplicates("tier=scene");
    expect(await collection.size()).toBe(6);
  });

  test("an empty gallery has no duplicates", async () => {
    expect(await duplicates()).toMatchObject({ groups: [], total: 0, next: null });
    const table = await app.request("/duplicates?format=csv");
    expect(await table.text()).toBe("group,best,id,label,score,width,height,bytes\r\n");
  });

  test.each([
    ["tier=burst", "tier: use shot or scene"],
    ["threshold=0.1", "threshold: use at least 0.5"],
    ["limit=101", "limit: use at most 100"],
    ["format=xml", "format: use json or csv"],
  ])("refuses %s", async (query, detail) => {
    const problem = await problemIn(await app.request(`/duplicates?${query}`));
    expect(problem).toMatchObject({ status: 400, detail });
  });
});
