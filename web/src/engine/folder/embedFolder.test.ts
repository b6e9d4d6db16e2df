import { beforeEach, expect, test, vi } from "vitest";
import { embedFolder, type FolderFile } from "./embedFolder.ts";
import type { AboutFolder, KeptImage } from "./folderStore.ts";

/** What IndexedDB does, in memory. */
class MemoryStore {
  readonly kept = new Map<string, KeptImage>();
  told: AboutFolder | undefined;
  about = async () => this.told;
  images = async () => [...this.kept.values()];
  async change({
    about,
    put = [],
    remove = [],
  }: Parameters<import("./folderStore.ts").FolderStore["change"]>[0]) {
    this.told = about;
    for (const image of put) this.kept.set(image.path, image);
    for (const path of remove) this.kept.delete(path);
  }
  async clear() {
    this.told = undefined;
    this.kept.clear();
  }
}

const file = (path: string, lastModified = 1, content = path): FolderFile => ({
  path,
  file: new File([content], path, { lastModified }),
});
const seen = { embedding: new Uint8Array(4), thumbnail: new Blob() };
const many = Array.from({ length: 20 }, (_, i) => file(`a/${i}.jpg`));
let store: MemoryStore;
const embed = vi.fn(async (_: File) => seen);
const run = (
  files: FolderFile[],
  { model = "m1", report = vi.fn(), signal = new AbortController().signal } = {},
) => embedFolder(store, { name: "a", files, model }, embed, report, signal);

beforeEach(() => {
  store = new MemoryStore();
  embed.mockReset();
  embed.mockResolvedValue(seen);
});

test("an interruption keeps what was embedded, and the next run embeds the rest alone", async () => {
  const stop = new AbortController();
  embed.mockImplementation(async () => {
    if (embed.mock.calls.length === 11) stop.abort();
    return seen;
  });
  const report = vi.fn();
  await run(many, { signal: stop.signal, report });
  expect(store.kept.size).toBe(11);
  expect(report.mock.lastCall).toMatchObject([{ done: 11, total: 20 }]);
  embed.mockClear();
  await run(many);
  expect(embed).toHaveBeenCalledTimes(9);
  expect(store.kept.size).toBe(20);
});

test("what is new or changed is embedded, what is gone is forgotten", async () => {
  await run([file("a/1.jpg"), file("a/2.jpg"), file("a/3.jpg")]);
  embed.mockClear();
  await run([
    file("a/1.jpg"),
    file("a/2.jpg", 2),
    file("a/3.jpg", 1, "longer than before"),
    file("a/4.jpg"),
  ]);
  expect(embed.mock.calls.map(([{ name }]) => name)).toEqual(["a/2.jpg", "a/3.jpg", "a/4.jpg"]);
  await run([file("a/4.jpg")]);
  expect([...store.kept.keys()]).toEqual(["a/4.jpg"]);
});

test("files that cannot be read are named, and do not stop the rest", async () => {
  embed.mockImplementation(async ({ name }) => {
    if (name === "a/2.jpg") throw new Error("no image");
    return seen;
  });
  await run([file("a/1.jpg"), file("a/2.jpg"), file("a/3.jpg")]);
  expect(store.told).toEqual({ name: "a", model: "m1", total: 3, unreadable: ["a/2.jpg"] });
  expect([...store.kept.keys()]).toEqual(["a/1.jpg", "a/3.jpg"]);
});

test("another model embeds everything again", async () => {
  await run(many);
  embed.mockClear();
  await run(many, { model: "m2" });
  expect(embed).toHaveBeenCalledTimes(20);
  expect(store.told?.model).toBe("m2");
});

test("a store that is full ends the run, with what it has", async () => {
  const full = new Error("full");
  const change = store.change.bind(store);
  let writes = 0;
  store.change = async (what) => {
    if (++writes > 2) throw full;
    return change(what);
  };
  await expect(run(many)).rejects.toBe(full);
  expect(store.kept.size).toBe(8);
});
