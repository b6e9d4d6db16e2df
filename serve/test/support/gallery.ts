/** A model and an indexed gallery for tests, with the app that serves them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Item } from "@plumage/models";
import { createApp } from "../../src/api/app.ts";
import type { Collection } from "../../src/collection/collection.ts";
import type { Model } from "../../src/embedder/model.ts";
import { indexItems } from "../../src/indexing/indexItems.ts";
import { contextOf, openTestModel } from "./context.ts";
import type { RunningStore } from "./stores.ts";
import { writeItems, writeModel } from "./tinyModel.ts";

/** A tiny model in a temporary folder. */
export async function openTinyModel(): Promise<{ model: Model; close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), "plumage-model-"));
  await writeModel(folder);
  const model = await openTestModel(folder);
  return {
    model,
    async close() {
      await model.close();
      rmSync(folder, { recursive: true });
    },
  };
}

export interface TestGallery {
  readonly folder: string;
  readonly items: readonly Item[];
  readonly collection: Collection;
  readonly app: ReturnType<typeof createApp>;
  close(): Promise<void>;
}

/** A gallery of `count` images in a temporary folder. */
export async function openGallery(
  open: RunningStore["open"],
  model: Model,
  count: number,
): Promise<TestGallery> {
  const folder = mkdtempSync(join(tmpdir(), "plumage-gallery-"));
  const items = await writeItems(folder, count);
  const collection = await open(folder, model.indexed, "index");
  await indexItems(collection, model, items, new AbortController().signal);
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
