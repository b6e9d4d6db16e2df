/** The loop on a real folder and store, with short times; events and clock have their own tests. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { useTinyModel } from "../../../test/support/gallery.ts";
import { openEmbeddedInThread } from "../../../test/support/stores.ts";
import { writeImage } from "../../../test/support/tinyModel.ts";
import { folderItems } from "../folderItems.ts";
import { Patience } from "./patience.ts";
import { watchFolder } from "./watchFolder.ts";

const model = useTinyModel();
let parent: string;
let photos: string;
let stop: AbortController;
let problems: string[];
beforeEach(async () => {
  parent = mkdtempSync(join(tmpdir(), "plumage-watch-"));
  photos = join(parent, "photos");
  for (const [i, name] of ["a/1.png", "a/2.png", "b/3.png"].entries())
    await writeImage(join(photos, name), i);
  stop = new AbortController();
  problems = [];
});
afterEach(() => rmSync(parent, { recursive: true }));

const start = (modelSha256 = () => model.indexed.sha256) =>
  watchFolder({
    list: () => folderItems(photos, () => undefined, stop.signal),
    open: (isFirst) =>
      openEmbeddedInThread(
        parent,
        { ...model.indexed, sha256: modelSha256() },
        isFirst ? "index" : "update",
      ),
    model,
    owns: () => true,
    patience: new Patience({ settleMs: 1, graceMs: 1 }),
    hints: { next: () => new Promise(() => undefined) },
    sweepMs: 1,
    onResult: () => undefined,
    onProblem: ({ message }) => problems.push(message),
    signal: stop.signal,
  });

/** The store is only in use during a pass. */
const ids = async () => {
  const reader = await openEmbeddedInThread(parent, model.indexed, "read");
  const all = await reader.indexedIds();
  await reader.close();
  return all.sort();
};
const until = (expected: string[]) =>
  vi.waitFor(async () => expect(await ids()).toEqual(expected), { timeout: 60_000, interval: 200 });

test("follows the folder, and keeps everything while it is not there", async () => {
  const watching = start();
  await until(["a~1.png", "a~2.png", "b~3.png"]);

  await writeImage(join(photos, "b/4.png"), 4);
  rmSync(join(photos, "a/1.png"));
  await until(["a~2.png", "b~3.png", "b~4.png"]);

  renameSync(photos, join(parent, "unmounted"));
  await vi.waitFor(() => expect(problems.join()).toMatch(/photos is missing$/), 60_000);
  mkdirSync(photos);
  await vi.waitFor(() => expect(problems.join()).toMatch(/photos contains no images$/), 60_000);
  expect(await ids()).toEqual(["a~2.png", "b~3.png", "b~4.png"]);

  rmSync(photos, { recursive: true });
  renameSync(join(parent, "unmounted"), photos);
  writeFileSync(join(photos, "b/4.png"), "no image");
  await until(["a~2.png", "b~3.png"]);
  stop.abort();
  await watching;
});

test("never clears the gallery of a model that was exported meanwhile", async () => {
  let sha256 = model.indexed.sha256;
  const watching = start(() => sha256);
  await until(["a~1.png", "a~2.png", "b~3.png"]);
  sha256 = "another";
  await writeImage(join(photos, "b/4.png"), 4);
  await expect(watching).rejects.toMatchObject({ code: "mismatch" });
  expect(await ids()).toHaveLength(3);
});

test("refuses a folder without images at the start", async () => {
  rmSync(photos, { recursive: true });
  mkdirSync(photos);
  await expect(start()).rejects.toThrow(/contains no images/);
});
