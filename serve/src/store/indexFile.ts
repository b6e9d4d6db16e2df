/**
 * The usearch file and its sidecar. usearch crashes the process on a file that is damaged or of another kind, so a file
 * is loaded only if its digest is the one that the sidecar holds; anything else is made anew from the catalogue.
 */
import { open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { progress, readJson, sha256File, writeFileWhole } from "@plumage/models/node";
import { z } from "zod";
import type { Catalogue } from "../catalogue/catalogue.ts";
import { UsearchStore } from "./usearchStore.ts";

const sidecarSchema = z.object({
  format: z.literal("plumage-index/1"),
  sha256: z.string(),
  model: z.string(),
  /** The catalogue's, when the index was built from it. */
  revision: z.int(),
  dimension: z.int(),
});

const indexPath = (folder: string) => join(folder, "index.usearch");
const sidecarPath = (folder: string) => join(folder, "index.json");

/** Builds the index from the catalogue's embeddings and writes both files whole. */
export async function buildIndex(
  folder: string,
  catalogue: Catalogue,
  dimension: number,
  model: string,
): Promise<UsearchStore> {
  const { revision } = catalogue;
  const store = new UsearchStore(dimension);
  const bar = progress("building the vector index", catalogue.size, "vectors");
  for (const { key, embedding } of catalogue.embeddings()) {
    store.add(key, embedding);
    bar.advance(1);
  }
  bar.finish();
  // The sidecar goes first: between the two renames there is no pair that fits, and so none that is trusted.
  await rm(sidecarPath(folder), { force: true });
  const temporary = `${indexPath(folder)}.tmp`;
  store.save(temporary);
  const file = await open(temporary, "r+");
  await file.sync();
  await file.close();
  await rename(temporary, indexPath(folder));
  const sidecar: z.infer<typeof sidecarSchema> = {
    format: "plumage-index/1",
    sha256: await sha256File(indexPath(folder)),
    model,
    revision,
    dimension,
  };
  await writeFileWhole(sidecarPath(folder), `${JSON.stringify(sidecar, null, 2)}\n`);
  return store;
}

/** Why the index on disk cannot be used, or undefined if it can. */
async function distrust(
  folder: string,
  catalogue: Catalogue,
  dimension: number,
  model: string,
): Promise<string | undefined> {
  try {
    const sidecar = await readJson(sidecarPath(folder), sidecarSchema);
    if (sidecar.model !== model || sidecar.dimension !== dimension) return "it is of another model";
    if (sidecar.revision !== catalogue.revision) return "it does not hold what the catalogue holds";
    if ((await sha256File(indexPath(folder))) !== sidecar.sha256) return "its file is damaged";
    return undefined;
  } catch {
    return "a part of it is missing or damaged";
  }
}

/** Loads the index, or builds it anew and says why. */
export async function openIndex(
  folder: string,
  catalogue: Catalogue,
  dimension: number,
  model: string,
  print: (line: string) => void,
): Promise<UsearchStore> {
  const reason = await distrust(folder, catalogue, dimension, model);
  if (reason) {
    print(`the vector index is built again from the catalogue: ${reason}`);
    return buildIndex(folder, catalogue, dimension, model);
  }
  const store = new UsearchStore(dimension);
  store.load(indexPath(folder));
  return store;
}
