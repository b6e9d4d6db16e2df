/** Models, stores and galleries for tests; the use* functions register hooks to open and close. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Item } from "@plumage/models";
import { afterAll, beforeAll } from "vitest";
import { createApp } from "../../src/api/app.ts";
import type { Collection } from "../../src/collection/collection.ts";
import type { Model } from "../../src/embedder/model.ts";
import { indexItems } from "../../src/indexing/indexItems.ts";
import { contextOf, openTestModel } from "./context.ts";
import type { RunningStore, Store } from "./stores.ts";
import { writeItems, writeModel } from "./tinyModel.ts";

/** A tiny model, open during the tests of a file or a describe block. */
export function useTinyModel(): Pick<Model, "reader" | "embedder" | "indexed"> {
  let folder: string;
  let model: Model;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "plumage-model-"));
    await writeModel(folder);
    model = await openTestModel(folder);
  });
  afterAll(async () => {
    await model.close();
    rmSync(folder, { recursive: true });
  });
  return {
    get reader() {
      return model.reader;
    },
    get embedder() {
      return model.embedder;
    },
    get indexed() {
      return model.indexed;
    },
  };
}

/** A store, running during the tests of a file or a describe block. */
export function useStore(store: Store): Pick<RunningStore, "open"> {
  let running: RunningStore;
  beforeAll(async () => {
    running = await store.start();
  });
  afterAll(() => running.stop());
  return { open: (...args) => running.open(...args) };
}

export interface TestGallery {
  readonly folder: string;
  readonly items: readonly Item[];
  readonly collection: Collection;
  readonly app: ReturnType<typeof createApp>;
  close(): Promise<void>;
}

/** Opens a gallery of `count` images in a temporary folder. */
export async function openGallery(
  open: RunningStore["open"],
  model: Pick<Model, "reader" | "embedder" | "indexed">,
  count: number,
): Promise<TestGallery> {
  const folder = mkdtempSync(join(tmpdir(), "plumage-gallery-"));
  const items = await writeItems(folder, count);
  const collection = await open(folder, model.indexed, "index");
  await indexItems(collection, model, { items, unread: [] }, new AbortController().signal);
  return {
    folder,
    items,
    collection,
    app: createApp(contextOf(model, collection)),
    async close() {
      await collection.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** One gallery for all tests of a file or a describe block. */
export function useGallery(
  open: RunningStore["open"],
  model: Pick<Model, "reader" | "embedder" | "indexed">,
  count: number,
): Omit<TestGallery, "close"> {
  let gallery: TestGallery;
  beforeAll(async () => {
    gallery = await openGallery(open, model, count);
  });
  afterAll(() => gallery.close());
  return {
    get folder() {
      return gallery.folder;
    },
    get items() {
      return gallery.items;
    },
    get collection() {
      return gallery.collection;
    },
    get app() {
      return gallery.app;
    },
  };
}
