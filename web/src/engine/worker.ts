/** The inference worker: owns the gallery and the one session, and answers the page. */

import { assets } from "virtual:plumage-assets";
import { PlumageError } from "@plumage/models";
import { Downloads } from "./download.ts";
import { type Embedder, openEmbedder } from "./embedder.ts";
import { GalleryPack } from "./galleryPack.ts";
import { pixelsOf } from "./preprocess.ts";
import type { CallName, Calls, Reply, Request } from "./protocol.ts";
import { SerialQueue } from "./serialQueue.ts";

const post = (reply: Reply) => self.postMessage(reply);

/** Everything that touches the session, one after another. */
const sessionCalls = new SerialQueue();

let gallery: Promise<GalleryPack> | undefined;
let embedder: Promise<Embedder> | undefined;

const opened = <T>(part: Promise<T> | undefined): Promise<T> =>
  part ?? Promise.reject(new PlumageError("bad-input", "the worker was asked before it was opened"));

type Handlers = { [Name in CallName]: (body: Calls[Name]["request"]) => Promise<Calls[Name]["response"]> };

const handlers: Handlers = {
  async open({ provider }) {
    const all = Object.values(assets);
    const downloads = Downloads.plan(all, (progress) => post({ kind: "progress", progress }));
    gallery = downloads.then(GalleryPack.open);
    // The gallery comes first: it can be looked at, and searched by its own pictures, while the model is on its way.
    embedder = sessionCalls.run(async () => {
      await gallery;
      return openEmbedder(await downloads, provider);
    });
    // Whoever awaits it is told; until then a failure is nobody's unhandled rejection.
    embedder.catch(() => undefined);
    post({ kind: "gallery", gallery: (await gallery).info });
    const { info } = await embedder;
    const { kept } = await downloads;
    await (await downloads).keepOnly(all);
    return { ...info, kept };
  },

  async picture({ blob, k }) {
    const { manifest, session } = await opened(embedder);
    const begin = performance.now();
    const pixels = await pixelsOf(blob, manifest.preprocessing);
    const decoded = performance.now();
    const embedding = await sessionCalls.run(() => session.embed(pixels));
    const embedded = performance.now();
    const hits = (await opened(gallery)).nearest(embedding, k);
    const timings = { decode: decoded - begin, embed: embedded - decoded, search: performance.now() - embedded };
    return { hits, timings, pixels, embedding };
  },

  async entry({ index, k }) {
    const pack = await opened(gallery);
    const begin = performance.now();
    const hits = pack.neighbours(index, k);
    return { hits, timings: { search: performance.now() - begin } };
  },
};

self.addEventListener("message", async ({ data }: MessageEvent<Request>) => {
  const { id, call } = data;
  try {
    // The table's types tie each call to its body; a union of both does not say so.
    const handle = handlers[call] as (body: Request["body"]) => Promise<Calls[CallName]["response"]>;
    post({ kind: "answer", id, body: await handle(data.body) });
  } catch (error) {
    const { message, code, hint } = error as Partial<PlumageError> & Error;
    post({ kind: "error", id, error: { message, code: error instanceof PlumageError ? code : undefined, hint } });
  }
});
