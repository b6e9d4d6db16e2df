/** The inference worker: owns the gallery and the one session, and answers the page. */

import { assets, models, runtimes } from "virtual:plumage-assets";
import { cropAndResize, PlumageError, type RgbImage, type VariantName } from "@plumage/models";
import { Downloads } from "./files/downloads.ts";
import { OwnFolder } from "./folder/personalFolder.ts";
import { Model } from "./inference/activeModel.ts";
import { decode, decodeToKeep } from "./inference/decodeImage.ts";
import { filesFor, openEmbedder } from "./inference/loadModel.ts";
import { providers, survey } from "./inference/providers.ts";
import { LastOne } from "./memoizeLast.ts";
import type { CallName, Calls, ErrorBody, Image, Reply, Request } from "./protocol.ts";
import { Library } from "./search/combinedSearch.ts";
import type { EmbeddingRows } from "./search/cosines/cosines.ts";
import { GpuRows } from "./search/cosines/gpuCosines.ts";
import { type GalleryPack, galleryFiles, openGallery } from "./search/galleryPack.ts";
import { RowSearch } from "./search/vectorSearch.ts";

const post = (reply: Reply) => self.postMessage(reply);

let gallery: Promise<GalleryPack> | undefined;
let library: Promise<Library> | undefined;
let folder: Promise<OwnFolder> | undefined;
let model: Model | undefined;
/** Resolved when every golden has been computed. */
let checked: Promise<void> | undefined;

const opened = <T>(part: Promise<T> | undefined): Promise<T> =>
  part ??
  Promise.reject(new PlumageError("bad-input", "the worker was asked before it was opened"));

function theModel(): Model {
  if (!model) throw new PlumageError("bad-input", "the worker was asked before it was opened");
  return model;
}

/**
 * On a first visit: time for the page to draw the gallery before a download of many megabytes keeps
 * all cores busy.
 */
const drawingMs = 300;
/** Time for the first search before the other goldens take theirs. */
const firstSearchMs = 1000;

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The network's look at a part of an image. */
async function see(model: Model, { blob, key, box }: Image) {
  const { manifest } = await model.opened;
  const begin = performance.now();
  const image = await decoded.get(key, () => decode(blob));
  const pixels = cropAndResize(image, manifest.preprocessing.resize, box);
  const read = performance.now();
  const embedding = await model.embed(pixels);
  return { pixels, embedding, timings: { decode: read - begin, embed: performance.now() - read } };
}

// While a crop box is dragged and a search refined, the same image comes again and again.
const decoded = new LastOne<string, RgbImage>((a, b) => a === b);
const viewed = new LastOne<Image, Awaited<ReturnType<typeof see>>>(
  (a, b) => a.key === b.key && JSON.stringify(a.box) === JSON.stringify(b.box),
);

type Handlers = {
  [Name in CallName]: (body: Calls[Name]["request"]) => Promise<Calls[Name]["response"]>;
};

const handlers: Handlers = {
  async open(forced) {
    const downloads = Downloads.open((progress) => post({ kind: "progress", progress }));
    const possible = survey(providers, forced, Object.keys(models) as VariantName[]);
    const planned = downloads.then(async (all) => {
      const { candidates } = await possible;
      return all.plan([...galleryFiles, ...candidates.slice(0, 1).flatMap(filesFor)]);
    });
    gallery = downloads.then(openGallery);
    library = gallery.then(
      ({ rows, info: { entries } }) =>
        new Library({ search: new RowSearch(rows), labels: entries.map(({ label }) => label) }),
    );
    library.catch(() => undefined);
    model = new Model(async () => {
      // The gallery comes first: it can be looked at, and searched by its own images, while the
      // model is on its way.
      if (!(await planned)) {
        await gallery;
        await pause(drawingMs);
      }
      return openEmbedder(await downloads, await possible);
    });
    checked = checkAll(model, library, downloads);
    // It has told the page.
    checked.catch(() => undefined);
    post({ kind: "gallery", gallery: (await gallery).info });
    folder = openFolder(await gallery, await library);
    folder.catch(() => undefined);
    const { info } = await model.opened;
    return { ...info, search: undefined, storage: (await downloads).storage };
  },

  async image({ image, refinement, k }) {
    const view = await viewed.get(image, () => see(theModel(), image));
    const all = await opened(library);
    const begin = performance.now();
    const hits = await all.nearest(view.embedding, k, refinement, []);
    return { ...view, hits, timings: { ...view.timings, search: performance.now() - begin } };
  },

  async entry({ index, refinement, k }) {
    const all = await opened(library);
    const begin = performance.now();
    const hits = await all.nearest(all.row(index), k, refinement, [index]);
    return { hits, timings: { search: performance.now() - begin } };
  },

  async embedFolder({ name, files }) {
    const own = await opened(folder);
    const model = theModel();
    const { manifest } = await model.opened;
    // What is kept for later visits is made by what has given every golden.
    await checked;
    const look = async (file: File) => {
      const { image, thumbnail } = await decodeToKeep(file);
      const pixels = cropAndResize(image, manifest.preprocessing.resize);
      // Searches come in between.
      return { embedding: await model.embed(pixels), thumbnail };
    };
    await own.embed(name, files, look, (progress) => post({ kind: "folderProgress", progress }));
    return undefined;
  },

  async stopFolder() {
    (await opened(folder)).interrupt();
    return undefined;
  },

  async deleteFolder() {
    await (await opened(folder)).delete();
    return undefined;
  },
};

/** What earlier visits kept of a person's folder joins the list. */
async function openFolder({ model, rows }: GalleryPack, all: Library): Promise<OwnFolder> {
  const own: OwnFolder = new OwnFolder(model, rows.dimension, (info) => {
    all.folder = own.rows && {
      search: new RowSearch(own.rows),
      labels: info.entries.map(({ label }) => label),
    };
    post({ kind: "folder", folder: info });
  });
  await own.load();
  return own;
}

/**
 * What is done once the first search is through: computes the other goldens, chooses what searches,
 * and tells the page.
 */
async function checkAll(
  model: Model,
  library: Promise<Library>,
  downloads: Promise<Downloads>,
): Promise<void> {
  const { session } = await model.opened;
  await pause(firstSearchMs);
  try {
    const embedder = await model.check();
    if (embedder.session !== session) viewed.forget();
    // A graphics processor that gives the goldens is good enough to search on, too.
    const onCard =
      embedder.info.provider === "webgpu" ? (rows: EmbeddingRows) => GpuRows.open(rows) : undefined;
    const search = await (await library).gallery.search.choose(onCard);
    post({
      kind: "runtime",
      runtime: { ...embedder.info, search, storage: (await downloads).storage },
    });
  } catch (error) {
    post({ kind: "broken", error: bodyOf(error) });
    throw error;
  }
  // A visit that was asked for another variant leaves this one's where it is.
  await (await downloads).forgetOthers(
    [assets, models, runtimes].flatMap((table) => Object.values(table)),
  );
}

function bodyOf(error: unknown): ErrorBody {
  const { message, code, hint } = error as Partial<PlumageError> & Error;
  return { message, code: error instanceof PlumageError ? code : undefined, hint };
}

self.addEventListener("message", async ({ data }: MessageEvent<Request>) => {
  const { id, call } = data;
  try {
    // The table's types tie each call to its body; a union of both does not say so.
    const handle = handlers[call] as (
      body: Request["body"],
    ) => Promise<Calls[CallName]["response"]>;
    post({ kind: "answer", id, body: await handle(data.body) });
  } catch (error) {
    post({ kind: "error", id, error: bodyOf(error) });
  }
});
