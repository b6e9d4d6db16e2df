import { expect, test } from "vitest";
import { crashRun } from "./run.ts";

test("a server that is killed at any moment comes back with all that it acknowledged", async () => {
  const { kills, acknowledged, lost } = await crashRun(
    4,
    3,
    new AbortController().signal,
    () => undefined,
  );
  expect(kills).toBe(4);
  expect(acknowledged).toBeGreaterThan(0);
  expect(lost).toEqual([]);
}, 120_000);
