import { expect, test } from "vitest";
import { noSmallDisk } from "../support/smallDisk.ts";
import { fullDiskRun } from "./fullDisk.ts";
import { indexerRun } from "./indexerBeside.ts";
import { crashRun } from "./run.ts";

test("a killed server loses nothing that it acknowledged", async () => {
  const { signal } = new AbortController();
  const { kills, acknowledged, lost } = await crashRun(4, 3, signal, () => undefined);
  expect(kills).toBe(4);
  expect(acknowledged).toBeGreaterThan(0);
  expect(lost).toEqual([]);
});

test("a kill beside an indexer loses no upload and keeps a folder indexable", async () => {
  const { signal } = new AbortController();
  const { serverKills, indexerKills, acknowledged, failures } = await indexerRun(2, 1, signal);
  expect(serverKills).toBe(1);
  expect(indexerKills).toBe(1);
  expect(acknowledged).toBeGreaterThan(0);
  expect(failures).toEqual([]);
});

test.skipIf(noSmallDisk)(
  "a full disk costs no change, and takes changes once it has space",
  async () => {
    const { signal } = new AbortController();
    const { refused, acknowledged, failures } = await fullDiskRun(3, 1, signal);
    expect(refused).toBeGreaterThan(0);
    expect(acknowledged).toBeGreaterThan(0);
    expect(failures).toEqual([]);
  },
);
