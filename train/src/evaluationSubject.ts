/** What `npm run evaluate` evaluates: a trained network, or an imported encoder. */
import { existsSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { openSession } from "@plumage/export/import";
import { type Item, type Manifest, modelFiles, PlumageError, variantFile } from "@plumage/models";
import { readItems, readManifest, storePaths } from "@plumage/models/node";
import type { PrepareContext, PreparedDataset } from "./data/dataset.ts";
import { prepareDataset } from "./data/index.ts";
import { defaultDataOptions } from "./data/options.ts";
import type { NetworkSession } from "./engine/recorded/networkSession.ts";
import { embedItems, embedWith, type ItemEmbeddings } from "./evaluation/embedItems.ts";
import { readEncoder } from "./head/backbone.ts";
import { openHeadedNetwork } from "./head/headedNetwork.ts";
import { readNetwork } from "./run/checkpoint.ts";

export interface Subject {
  /** Where it comes from, in words. */
  readonly origin: string;
  /** Undefined if another project trained it. */
  readonly iteration: number | undefined;
  /** Width and height of the input in pixels. */
  readonly imageSize: number;
  /** Of the exported fp32 file; undefined if there is none. */
  readonly bytes: number | undefined;
  /** The data set that it was trained or measured on. */
  ownDataset(context: Omit<PrepareContext, "options">): Promise<PreparedDataset>;
  embed(
    title: string,
    items: readonly Item[],
    signal: AbortSignal,
    flip: boolean,
  ): Promise<ItemEmbeddings>;
}

/**
 * @param folder models/store/<name>
 * @param best the best checkpoint of a run instead of the last
 * @throws PlumageError "bad-file" or "mismatch" for a model that cannot be used
 */
export async function openSubject(folder: string, best: boolean): Promise<Subject> {
  const paths = storePaths(folder);
  if (!best && !existsSync(paths.checkpoint) && existsSync(paths.manifest)) {
    const manifest = await readManifest(folder);
    const { architecture } = manifest;
    if (architecture.name === "imported")
      return importedSubject(folder, manifest, architecture.source.file);
  }
  const network = await readNetwork(best ? paths.bestCheckpoint : paths.checkpoint);
  const { settings, architecture, iteration } = network;
  return {
    origin: `iteration ${iteration}`,
    iteration,
    imageSize: architecture.imageSize,
    bytes: statSync(join(folder, modelFiles.fp32), { throwIfNoEntry: false })?.size,
    ownDataset: (context) =>
      prepareDataset(settings.dataset, {
        ...context,
        options: settings.data ?? defaultDataOptions,
      }),
    async embed(title, items, signal, flip) {
      if (architecture.name === "resnet-cgd")
        return embedItems(title, network, items, signal, flip);
      const encoder = await readEncoder(folder, architecture);
      const session = await openHeadedNetwork(encoder, architecture, network.parameters);
      return embedWith(title, session, architecture.resize, items, signal, flip);
    },
  };
}

function importedSubject(folder: string, manifest: Manifest, source: string): Subject {
  const { preprocessing, dataset } = manifest;
  return {
    origin: `imported from ${source}`,
    iteration: undefined,
    imageSize: preprocessing.imageSize,
    bytes: variantFile(manifest).bytes,
    async ownDataset() {
      if (existsSync(storePaths(folder).items))
        return { info: dataset, items: await readItems(folder) };
      const message = `${manifest.name} was imported without a data set`;
      throw new PlumageError("bad-input", message, "add --dataset NAME");
    },
    async embed(title, items, signal, flip) {
      const session = await openFile(folder, manifest);
      return embedWith(title, session, preprocessing.resize, items, signal, flip);
    },
  };
}

/** The fp32 file on all CPU cores; without pooled features. */
async function openFile(folder: string, manifest: Manifest): Promise<NetworkSession> {
  const bytes = await readFile(join(folder, variantFile(manifest).file));
  const session = await openSession(bytes, manifest.preprocessing.imageSize);
  return {
    dimension: manifest.dimension,
    pooledDimension: 0,
    run: async (images, count) => ({
      embeddings: await session.embed(images, count),
      pooled: new Float32Array(),
    }),
    close: () => session.close(),
  };
}
