/**
 * The file of the vector index and its sidecar. usearch crashes the process on a damaged file, so
 * it is loaded only if its digest matches the sidecar's; otherwise it is rebuilt from the catalog.
 */
import { open, rename, rm } from "node:fs/promises";
import { progress } from "@plumage/models/cli";
import { indexPaths, readJson, sha256File, writeFileWhole } from "@plumage/models/node";
import { z } from "zod";
import type { IndexedModel } from "../../collection/collection.ts";
import type { Catalog } from "./catalog.ts";
import { UsearchIndex } from "./usearchIndex.ts";

const sidecarSchema = z.object({
  format: z.literal("plumage-index/2"),
  sha256: z.string(),
  model: z.string(),
  /** The catalog's revision when the file was written, and the highest key in the file. */
  revision: z.int(),
  lastKey: z.int(),
  /** Keys in the file that have been removed from the catalog. */
  dead: z.array(z.int()),
  dimension: z.int(),
});
type Sidecar = z.infer<typeof sidecarSchema>;

/** Builds the index from the catalog's embeddings and writes both files. */
export async function buildIndex(
  folder: string,
  catalog: Catalog,
  model: IndexedModel,
): Promise<UsearchIndex> {
  const index = new UsearchIndex(model.dimension);
  const bar = progress("building the vector index", catalog.size, "vectors");
  const { revision } = catalog;
  let lastKey = -1;
  for (const { key, embedding } of catalog.embeddings()) {
    index.add(key, embedding);
    lastKey = key;
    bar.advance(1);
  }
  bar.finish();
  await saveIndex(folder, catalog, index, model, { revision, lastKey });
  return index;
}

/** Writes both files for an index of the catalog's items at a revision, up to a key. */
export async function saveIndex(
  folder: string,
  catalog: Catalog,
  index: UsearchIndex,
  { dimension, sha256: model }: IndexedModel,
  { revision, lastKey }: { readonly revision: number; readonly lastKey: number },
): Promise<void> {
  // The sidecar goes first: a crash between here and the last write leaves no matching pair, so
  // neither file is trusted.
  await rm(indexPaths(folder).sidecar, { force: true });
  const temporary = `${indexPaths(folder).vectors}.tmp`;
  index.save(temporary);
  const file = await open(temporary, "r+");
  await file.sync();
  await file.close();
  await rename(temporary, indexPaths(folder).vectors);
  const sidecar: Sidecar = {
    format: "plumage-index/2",
    sha256: await sha256File(indexPaths(folder).vectors),
    model,
    revision,
    lastKey,
    dead: index.removedKeys,
    dimension,
  };
  await writeFileWhole(indexPaths(folder).sidecar, `${JSON.stringify(sidecar, null, 2)}\n`);
  catalog.forgetRemoved(revision);
}

/** Loads the index and applies the catalog's later changes, or rebuilds it and prints why. */
export async function openIndex(
  folder: string,
  catalog: Catalog,
  model: IndexedModel,
  print: (line: string) => void,
): Promise<UsearchIndex> {
  const sidecar = await readSidecar(folder, catalog, model);
  if (typeof sidecar === "string") {
    print(`rebuilding the vector index from the catalog: ${sidecar}`);
    return buildIndex(folder, catalog, model);
  }
  const index = new UsearchIndex(model.dimension);
  index.load(indexPaths(folder).vectors, sidecar.dead);
  if (sidecar.revision === catalog.revision) return index;
  for (const key of catalog.removedSince(sidecar.revision)) index.remove(key);
  let added = 0;
  for (const { key, embedding } of catalog.embeddings(sidecar.lastKey)) {
    index.add(key, embedding);
    added++;
  }
  print(`updated the vector index: ${added} items added since it was written`);
  // Detects a matching pair of files that belongs to another catalog.
  const isComplete = index.size === catalog.size;
  return isComplete && !index.needsCompaction ? index : buildIndex(folder, catalog, model);
}

/** The sidecar of a usable index, or the reason why the index cannot be used. */
async function readSidecar(
  folder: string,
  catalog: Catalog,
  { dimension, sha256: model }: IndexedModel,
): Promise<Sidecar | string> {
  try {
    const sidecar = await readJson(indexPaths(folder).sidecar, sidecarSchema);
    if (sidecar.model !== model || sidecar.dimension !== dimension)
      return "it was built with another model";
    if (sidecar.revision > catalog.revision) return "it is newer than the catalog";
    if ((await sha256File(indexPaths(folder).vectors)) !== sidecar.sha256)
      return "its file is damaged";
    return sidecar;
  } catch {
    return "one of its files is missing or damaged";
  }
}
