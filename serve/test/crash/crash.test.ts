import { expect, test } from "vitest";
import { crashRun } from "./run.ts";

test("a killed server loses nothing that it acknowledged", async () => {
  const { signal } = new AbortController();
  const { kills, acknowledged, lost } = await crashRun(4, 3, signal, () => undefined);
  expect(kills).toBe(4);
  expect(acknowledged).toBeGreaterThan(0);
  expect(lost).toEqual([]);
});
