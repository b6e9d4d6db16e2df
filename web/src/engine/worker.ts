/** The engine's worker: owns the gallery, the model and the folder, and answers the page. */

import { assets, decoders, models, runtimes, text as textAssets } from "virtual:plumage-assets";
import { cropAndResize, PlumageError, type RgbImage, type VariantName } from "@plumage/models";
import { type Handlers, serve, webScopeChannel } from "@plumage/models/rpc";
import { memoizeLast } from "./async/memoizeLast.ts";
import { Downloads } from "./files/downloads.ts";
import { UserFolder } from "./folder/userFolder.ts";
import { ActiveModel } from "./inference/activeModel.ts";
import { findCandidates, type RuntimeOverrides } from "./inference/candidates.ts";
import { ImageDecoder, renderJpeg } from "./inference/decodeImage.ts";
import { startLibheif } from "./inference/libheif.ts";
import { filesOf, loadModel } from "./inference/loadModel.ts";
import { providers } from "./inference/providers.ts";
import { type EmbeddedText, WordEmbedder } from "./inference/wordEmbedder.ts";
import type { EngineEvents, EngineMethods, QueryImage, RuntimeInfo } from "./protocol.ts";
import { CombinedSearch } from "./search/combinedSearch.ts";
import type { EmbeddingRows } from "./search/cosines/cosines.ts";
import { GpuRows } from "./search/cosines/gpuCosines.ts";
import { type GalleryPack, galleryFiles, openGallery } from "./search/galleryPack.ts";
import { VectorSearch } from "./search/vectorSearch.ts";

/** On a first visit, lets the page draw the gallery before a large download occupies all cores. */
const drawDelayMs = 300;
/** Lets a first search run before the remaining goldens are checked. */
const verifyDelayMs = 1000;

/** The parts of an engine, each available as soon as it has loaded. */
interface Engine {
  readonly downloads: Promise<Downloads>;
  readonly gallery: Promise<GalleryPack>;
  readonly search: Promise<CombinedSearch>;
  readonly folder: Promise<UserFolder>;
  readonly model: ActiveModel;
  readonly words: WordEmbedder;
  /** Resolves when all goldens have been checked. */
  readonly verified: Promise<RuntimeInfo>;
}

let engine: Engine | undefined;

function opened(): Engine {
  if (!engine) throw new PlumageError("bad-input", "the engine has not been opened");
  return engine;
}

const delay = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const decoder = new ImageDecoder(async () => {
  const files = await opened().downloads;
  const [script, binary] = await Promise.all([
    files.get(decoders.script),
    files.get(decoders.binary),
  ]);
  return startLibheif(script, binary);
});

// Dragging a crop box or refining a search repeats the same image.
const decoded = memoizeLast<string, RgbImage>();
const embedded = memoizeLast<QueryImage, Awaited<ReturnType<typeof embedQuery>>>(
  (a, b) => a.key === b.key && JSON.stringify(a.box) === JSON.stringify(b.box),
);

const embeddedText = memoizeLast<string, EmbeddedText>();

const handlers: Handlers<EngineMethods> = {
  async open(overrides) {
    engine = open(overrides);
    await engine.gallery;
    const { info } = await engine.model.loaded;
    return { ...info, search: undefined, storage: (await engine.downloads).storage };
  },

  gallery: async () => (await opened().gallery).info,

  verify: () => opened().verified,

  async searchByImage({ image, options, k }) {
    const { model, search } = opened();
    const query = await embedded.get(image, () => embedQuery(model, image));
    const combined = await search;
    const begin = performance.now();
    const hits = await combined.nearest(query.embedding, k, options, []);
    // Copied rather than transferred: `embedded` keeps pixels and embedding.
    return { ...query, hits, timings: { ...query.timings, search: performance.now() - begin } };
  },

  async searchByText({ text, options, k }) {
    const { words, search } = opened();
    const begin = performance.now();
    const { embedding, tokens, used } = await embeddedText.get(text, () => words.embed(text));
    const combined = await search;
    const embedded = performance.now();
    const hits = await combined.nearest(embedding, k, options, [], true);
    const timings = { embed: embedded - begin, search: performance.now() - embedded };
    return { hits, timings, text: { tokens, used } };
  },

  render: async ({ blob, key }) => renderJpeg(await decoded.get(key, () => decoder.decode(blob))),

  async searchByEntry({ index, options, k }) {
    const combined = await opened().search;
    const begin = performance.now();
    const hits = await combined.nearest(combined.embedding(index), k, options, [index]);
    return { hits, timings: { search: performance.now() - begin } };
  },

  async embedFolder(contents) {
    const { model, folder, verified } = opened();
    const { manifest } = await model.loaded;
    // Embeddings are stored for later visits, so only a fully checked model computes them.
    await verified;
    const embedImage = async (file: File) => {
      const { image, thumbnail } = await decoder.decodeWithThumbnail(file);
      const pixels = cropAndResize(image, manifest.preprocessing.resize);
      return { embedding: await model.embed(pixels), thumbnail };
    };
    const onProgress = (progress: EngineEvents["folderProgress"]) =>
      server.emit("folderProgress", progress);
    await (await folder).embed(contents, embedImage, onProgress);
  },

  stopFolder: async () => (await opened().folder).stop(),

  deleteFolder: async () => (await opened().folder).delete(),
};

function open(overrides: RuntimeOverrides): Engine {
  const downloads = Downloads.open((progress) => server.emit("progress", progress));
  const candidates = findCandidates(providers, overrides, Object.keys(models) as VariantName[]);
  const planned = downloads.then(async (files) => {
    const [first] = (await candidates).candidates;
    return files.plan([...galleryFiles, ...(first ? filesOf(first) : [])]);
  });
  const gallery = downloads.then(openGallery);
  const model = new ActiveModel(async () => {
    // The gallery is first in line: it can be searched by its own images without the model.
    if (!(await planned)) {
      await gallery;
      await delay(drawDelayMs);
    }
    return loadModel(await downloads, await candidates);
  });
  const search = gallery.then(
    ({ rows, info: { entries }, calibration }) =>
      new CombinedSearch(
        { search: new VectorSearch(rows), labels: entries.map(({ label }) => label) },
        calibration,
      ),
  );
  const words = new WordEmbedder(model, downloads, textAssets);
  const folder = openFolder(gallery, search);
  const verified = verify(model, search, downloads);
  // Callers learn of a failure when they await one of these.
  for (const part of [search, folder, verified]) part.catch(() => undefined);
  return { downloads, gallery, search, folder, model, words, verified };
}

/** Adds what earlier visits stored of the user's folder. */
async function openFolder(
  gallery: Promise<GalleryPack>,
  search: Promise<CombinedSearch>,
): Promise<UserFolder> {
  const { model, rows } = await gallery;
  const combined = await search;
  const folder = new UserFolder(model, rows.dimension, (info, folderRows) => {
    combined.folder = folderRows && {
      search: new VectorSearch(folderRows),
      labels: info.entries.map(({ label }) => label),
    };
    server.emit("folder", info);
  });
  await folder.load();
  return folder;
}

/** The work that waits until after a first search: goldens, and where to search. */
async function verify(
  model: ActiveModel,
  search: Promise<CombinedSearch>,
  downloads: Promise<Downloads>,
): Promise<RuntimeInfo> {
  const { session } = await model.loaded;
  await delay(verifyDelayMs);
  const verified = await model.verify();
  if (verified.session !== session) embedded.clear();
  // A GPU that passes the goldens can be trusted to search as well.
  const openGpu =
    verified.info.provider === "webgpu" ? (rows: EmbeddingRows) => GpuRows.open(rows) : undefined;
  const searchInfo = await (await search).gallery.search.chooseProvider(openGpu);
  const files = await downloads;
  // Other variants of this build stay, for visits that request them.
  const tables = [assets, models, runtimes, decoders, textAssets];
  const buildFiles = tables.flatMap((table) => Object.values(table));
  await files.deleteOthers(buildFiles).catch(() => undefined);
  // Photos of phones can then be read offline. Without a network now, that is for another visit.
  for (const file of Object.values(decoders)) files.get(file).catch(() => undefined);
  return { ...verified.info, search: searchInfo, storage: files.storage };
}

/** Decodes, crops and embeds a query. */
async function embedQuery(model: ActiveModel, { blob, key, box }: QueryImage) {
  const { manifest } = await model.loaded;
  const begin = performance.now();
  const image = await decoded.get(key, () => decoder.decode(blob));
  const pixels = cropAndResize(image, manifest.preprocessing.resize, box);
  const read = performance.now();
  const embedding = await model.embed(pixels);
  return { pixels, embedding, timings: { decode: read - begin, embed: performance.now() - read } };
}

const server = serve<EngineMethods, EngineEvents>(webScopeChannel(self), handlers);
