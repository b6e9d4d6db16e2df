import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stampOf } from "./stamp.ts";

let root: string;
const write = (path: string, text: string) => writeFile(join(root, path), text);
const stamp = (args: string[] = []) => stampOf(root, ["a", "b.json"], args);
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "plumage-stamp-"));
  await mkdir(join(root, "a", "deep"), { recursive: true });
  await mkdir(join(root, "a", "dist"));
  await write("a/deep/x.ts", "x");
  await write("b.json", "{}");
});
afterAll(() => rm(root, { recursive: true }));

test("changes with a file's content, with the set of files and with the arguments", async () => {
  const first = await stamp();
  expect(await stamp()).toBe(first);
  expect(await stamp(["--iterations"])).not.toBe(first);
  await write("a/deep/x.ts", "y");
  const second = await stamp();
  expect(second).not.toBe(first);
  await write("a/y.ts", "y");
  expect(await stamp()).not.toBe(second);
  await rm(join(root, "a", "y.ts"));
  expect(await stamp()).toBe(second);
});

test("ignores tests and build output", async () => {
  const before = await stamp();
  await write("a/deep/x.test.ts", "test");
  await write("a/dist/page.js", "built");
  expect(await stamp()).toBe(before);
});
