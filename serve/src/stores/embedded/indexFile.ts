/**
 * The files of the vector index: graph, nodes and sidecar. usearch crashes the process on a damaged
 * file, so they are loaded only if their digests match the sidecar's; otherwise the index is
 * rebuilt from the catalog.
 */
import { open, readFile, rename, rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { progress } from "@plumage/models/cli";
import { indexPaths, readJson, sha256, sha256File, writeFileWhole } from "@plumage/models/node";
import { z } from "zod";
import type { IndexedModel } from "../../collection/collection.ts";
import { batchesOf } from "./batchesOf.ts";
import type { Catalog } from "./catalog.ts";
import { UsearchIndex } from "./usearchIndex.ts";

const sidecarSchema = z.object({
  format: z.literal("plumage-index/4"),
  /** Digests of the graph's file, and of the file that says which items belong to its nodes. */
  sha256: z.string(),
  nodesSha256: z.string(),
  model: z.string(),
  /** The catalog's revision when the file was written, and the highest key in the file. */
  revision: z.int(),
  lastKey: z.int(),
  dimension: z.int(),
  /** How deep searches of the graph go: see searchDepth.ts. */
  searchDepth: z.object({
    near: z.int().positive(),
    far: z.int().positive(),
    nearScore: z.number(),
  }),
});
type Sidecar = z.infer<typeof sidecarSchema>;

/** Vectors that usearch adds in parallel. */
const vectorsPerBatch = 256;

/** Sidecars of older versions, whose graphs have another meaning. */
const olderSidecarSchema = z.object({ format: z.string().startsWith("plumage-index/") });

interface Access {
  /** Receives lines for the user. */
  readonly print: (line: string) => void;
  /** Whether the index is saved. */
  readonly canWrite: boolean;
}

/** Builds the index from the catalog's embeddings and writes its files. */
export async function buildIndex(
  folder: string,
  catalog: Catalog,
  model: IndexedModel,
  { print, canWrite }: Access,
): Promise<UsearchIndex> {
  const index = new UsearchIndex(model.dimension);
  const { revision, size } = catalog;
  const bar = size > 0 ? progress("building the vector index", size, "vectors") : undefined;
  let lastKey = -1;
  for (const batch of batchesOf(catalog.embeddings(), vectorsPerBatch)) {
    index.add(batch, availableParallelism());
    lastKey = batch.at(-1)!.key;
    bar?.advance(batch.length);
  }
  bar?.finish();
  await maintainIndex(index, catalog);
  if (canWrite) await saveIndex(folder, catalog, index, model, { revision, lastKey, print });
  return index;
}

interface SavedState extends Pick<Access, "print"> {
  readonly revision: number;
  readonly lastKey: number;
}

/**
 * Writes the files for an index of the catalog's items at a revision, up to a key. A failure, such
 * as a full disk, is only printed: the catalog has everything.
 */
export async function saveIndex(
  folder: string,
  catalog: Catalog,
  index: UsearchIndex,
  model: IndexedModel,
  { print, ...state }: SavedState,
): Promise<void> {
  try {
    await writeFiles(folder, index, model, state);
    catalog.forgetRemoved(state.revision);
  } catch (error) {
    await rm(`${indexPaths(folder).vectors}.tmp`, { force: true }).catch(() => undefined);
    print(`the vector index was not saved, and will be rebuilt: ${(error as Error).message}`);
  }
}

async function writeFiles(
  folder: string,
  index: UsearchIndex,
  { dimension, sha256: model }: IndexedModel,
  { revision, lastKey }: Omit<SavedState, "print">,
): Promise<void> {
  // The sidecar goes first: a crash between here and the last write leaves no matching files, so
  // none is trusted.
  await rm(indexPaths(folder).sidecar, { force: true });
  const temporary = `${indexPaths(folder).vectors}.tmp`;
  const nodes = new Uint8Array(index.save(temporary).buffer);
  const file = await open(temporary, "r+");
  await file.sync();
  await file.close();
  await rename(temporary, indexPaths(folder).vectors);
  await writeFileWhole(indexPaths(folder).nodes, nodes);
  const sidecar: Sidecar = {
    format: "plumage-index/4",
    sha256: await sha256File(indexPaths(folder).vectors),
    nodesSha256: sha256(nodes),
    model,
    revision,
    lastKey,
    dimension,
    searchDepth: index.depth,
  };
  await writeFileWhole(indexPaths(folder).sidecar, `${JSON.stringify(sidecar, null, 2)}\n`);
}

/** Loads the index and applies the catalog's later changes, or rebuilds it and prints why. */
export async function openIndex(
  folder: string,
  catalog: Catalog,
  model: IndexedModel,
  access: Access,
): Promise<UsearchIndex> {
  const { print } = access;
  const files = await readFiles(folder, catalog, model);
  if (typeof files === "string") {
    // A new catalog has no index yet.
    if (catalog.size > 0) print(`rebuilding the vector index from the catalog: ${files}`);
    return buildIndex(folder, catalog, model, access);
  }
  const { sidecar, nodes } = files;
  const index = new UsearchIndex(model.dimension);
  index.load(indexPaths(folder).vectors, nodes, catalog.embeddings(), sidecar.searchDepth);
  if (sidecar.revision !== catalog.revision) {
    for (const key of catalog.removedSince(sidecar.revision)) index.remove(key);
    let added = 0;
    for (const batch of batchesOf(catalog.embeddings(sidecar.lastKey), vectorsPerBatch)) {
      index.add(batch, availableParallelism());
      added += batch.length;
    }
    print(`updated the vector index: ${added} items added since it was written`);
    // Detects matching files that belong to another catalog.
    const isComplete = index.size === catalog.size;
    if (!isComplete || index.needsCompaction) return buildIndex(folder, catalog, model, access);
  }
  await maintainIndex(index, catalog);
  return index;
}

/** Compacts the index or measures its search depth, if either is due. */
export async function maintainIndex(index: UsearchIndex, catalog: Catalog): Promise<void> {
  if (index.needsCompaction) await index.compact(catalog.embeddings());
  if (index.needsMeasuring) await index.measure((key) => catalog.embedding(key));
}

/** The files of a usable index, or the reason why the index cannot be used. */
async function readFiles(
  folder: string,
  catalog: Catalog,
  { dimension, sha256: model }: IndexedModel,
): Promise<{ sidecar: Sidecar; nodes: Float64Array } | string> {
  const paths = indexPaths(folder);
  try {
    const sidecar = await readJson(paths.sidecar, sidecarSchema);
    if (sidecar.model !== model || sidecar.dimension !== dimension)
      return "it was built with another model";
    if (sidecar.revision > catalog.revision) return "it is newer than the catalog";
    const nodes = await readFile(paths.nodes);
    if (
      sha256(nodes) !== sidecar.nodesSha256 ||
      (await sha256File(paths.vectors)) !== sidecar.sha256
    )
      return "its file is damaged";
    return { sidecar, nodes: new Float64Array(new Uint8Array(nodes).buffer) };
  } catch {
    const isOlder = await readJson(paths.sidecar, olderSidecarSchema).catch(() => undefined);
    return isOlder && isOlder.format !== sidecarSchema.shape.format.value
      ? "it was written by another version"
      : "one of its files is missing or damaged";
  }
}
