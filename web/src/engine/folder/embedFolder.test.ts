import { beforeEach, expect, test, vi } from "vitest";
import { embedFolder, type FolderFile } from "./embedFolder.ts";
import type { FolderStore, StoredFolder, StoredImage } from "./folderStore.ts";

/** A FolderStore in memory. */
class MemoryStore {
  readonly stored = new Map<string, StoredImage>();
  current: StoredFolder | undefined;
  folder = async () => this.current;
  images = async () => [...this.stored.values()];
  async update({ folder, put = [], remove = [] }: Parameters<FolderStore["update"]>[0]) {
    this.current = folder;
    for (const image of put) this.stored.set(image.path, image);
    for (const path of remove) this.stored.delete(path);
  }
  async clear() {
    this.current = undefined;
    this.stored.clear();
  }
}

const file = (path: string, lastModified = 1, content = path): FolderFile => ({
  path,
  file: new File([content], path, { lastModified }),
});
const result = { embedding: new Uint8Array(4), thumbnail: new Blob() };
const twenty = Array.from({ length: 20 }, (_, i) => file(`a/${i}.jpg`));
const embed = vi.fn(async (_: File) => result);
let store: MemoryStore;
const run = (
  files: FolderFile[],
  { model = "m1", onProgress = vi.fn(), signal = new AbortController().signal } = {},
) => embedFolder(store, { name: "a", files }, model, embed, onProgress, signal);

beforeEach(() => {
  store = new MemoryStore();
  embed.mockReset();
  embed.mockResolvedValue(result);
});

test("keeps what was embedded before an interruption and resumes with the rest", async () => {
  const controller = new AbortController();
  embed.mockImplementation(async () => {
    if (embed.mock.calls.length === 11) controller.abort();
    return result;
  });
  const onProgress = vi.fn();
  await run(twenty, { signal: controller.signal, onProgress });
  expect(store.stored.size).toBe(11);
  expect(onProgress.mock.lastCall).toMatchObject([{ done: 11, total: 20 }]);
  embed.mockClear();
  await run(twenty);
  expect(embed).toHaveBeenCalledTimes(9);
  expect(store.stored.size).toBe(20);
});

test("embeds new and changed files, and removes files that are gone", async () => {
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
  expect([...store.stored.keys()]).toEqual(["a/4.jpg"]);
});

test("lists unreadable files and embeds the others", async () => {
  embed.mockImplementation(async ({ name }) => {
    if (name === "a/2.jpg") throw new Error("not an image");
    return result;
  });
  await run([file("a/1.jpg"), file("a/2.jpg"), file("a/3.jpg")]);
  expect(store.current).toEqual({ name: "a", model: "m1", total: 3, unreadable: ["a/2.jpg"] });
  expect([...store.stored.keys()]).toEqual(["a/1.jpg", "a/3.jpg"]);
});

test("embeds everything again with another model", async () => {
  await run(twenty);
  embed.mockClear();
  await run(twenty, { model: "m2" });
  expect(embed).toHaveBeenCalledTimes(20);
  expect(store.current?.model).toBe("m2");
});

test("stops when the store is full and keeps earlier batches", async () => {
  const full = new Error("full");
  const update = store.update.bind(store);
  let writes = 0;
  store.update = async (change) => {
    if (++writes > 2) throw full;
    return update(change);
  };
  await expect(run(twenty)).rejects.toBe(full);
  expect(store.stored.size).toBe(8);
});
