/** A gallery of given vectors, and an app that answers what needs no model. */
import { createApp } from "../../src/api/app.ts";
import type { Collection } from "../../src/collection/collection.ts";
import type { NewItem } from "../../src/collection/item.ts";
import type { Model } from "../../src/embedder/model.ts";
import { contextOf } from "./context.ts";

/** A new item without an image. */
export const vectorItem = (
  id: string,
  embedding: Float32Array,
  fields: Partial<NewItem> = {},
): NewItem => ({
  id,
  label: "unlabeled",
  image: { path: `/none/${id}.png` },
  box: undefined,
  source: undefined,
  metadata: {},
  bytes: 7,
  modified: 1.5,
  embedding,
  ...fields,
});

/** An app whose model can embed nothing. */
export const vectorApp = (collection: Collection): ReturnType<typeof createApp> =>
  createApp(
    contextOf(
      { embedder: { manifest: { name: "none" } }, reader: {} } as unknown as Model,
      collection,
    ),
  );
