import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Item } from "@plumage/models";
import { afterEach, beforeEach, describe, expect, it, test } from "vitest";
import { useStore, useTinyModel } from "../../test/support/gallery.ts";
import { stores } from "../../test/support/stores.ts";
import { writeItems } from "../../test/support/tinyModel.ts";
import type { Collection } from "../collection/collection.ts";
import { indexItems } from "./indexItems.ts";
import { everything } from "./rules.ts";
import { inShard, requireSharedStore, type Shard, shardSchema } from "./shard.ts";

it.each(["1/1", "1/3", "3/3", "12/100"])("reads %s", (text) => {
  const { index, count } = shardSchema.parse(text);
  expect(`${index}/${count}`).toBe(text);
});

it.each(["0/3", "4/3", "1", "1/0", "a/b", "-1/3", "1/3/5", "1.5/3"])("refuses %s", (text) => {
  expect(shardSchema.safeParse(text).error!.issues[0]!.message).toMatch(/^write i\/n/);
});

it("gives each id to one shard, and every shard its share", () => {
  const ids = Array.from({ length: 3000 }, (_, i) => `photos~${i}.jpg`);
  const shards = [1, 2, 3].map((index) => ids.filter((id) => inShard(id, { index, count: 3 })));
  expect(shards.flat().sort()).toEqual(ids.toSorted());
  for (const shard of shards) expect(Math.abs(shard.length - 1000)).toBeLessThan(120);
});

it("needs a store that machines share", () => {
  expect(() => requireSharedStore(false)).toThrow(
    /^--shard needs a store that all machines share$/,
  );
  requireSharedStore(true);
});

describe.each(stores.filter(({ isShared }) => isShared))("on $name", (store) => {
  const runningStore = useStore(store);
  const model = useTinyModel();
  const { signal } = new AbortController();
  const count = 40;
  let folder: string;
  let items: Item[];
  let machines: Collection[];
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "plumage-shard-"));
    items = await writeItems(folder, count);
    machines = [];
    for (let i = 0; i < 3; i++)
      machines.push(await runningStore.open(folder, model.indexed, "index"));
  });
  afterEach(async () => {
    for (const machine of machines) await machine.close();
    rmSync(folder, { recursive: true });
  });

  const index = (listed: readonly Item[], shard: Shard) => {
    const rules = { ...everything, owns: (id: string) => inShard(id, shard) };
    const listing = { items: listed, unread: [] };
    return indexItems(machines[shard.index - 1]!, model, listing, signal, rules);
  };

  test("machines that index at once embed each image once, and remove only their own", async () => {
    const shards = [1, 2, 3].map((number) => ({ index: number, count: 3 }));
    const results = await Promise.all(shards.map((shard) => index(items, shard)));
    expect(results.reduce((sum, result) => sum + result!.embedded, 0)).toBe(count);
    expect(await machines[0]!.size()).toBe(count);

    const gone = items.slice(20);
    const own = gone.filter(({ id }) => inShard(id, shards[1]!));
    expect(await index(items.slice(0, 20), shards[1]!)).toMatchObject({
      embedded: 0,
      removed: own.length,
    });
    expect(await machines[0]!.size()).toBe(count - own.length);
  });
});
