/** The model in the worker: its manifest and one session, on the provider that the browser allows. */

import { assets } from "virtual:plumage-assets";
import { type Manifest, manifestSchema } from "@plumage/models";
import type { Downloads } from "./download.ts";
import { probe } from "./goldens.ts";
import type { ProviderName, RuntimeInfo } from "./protocol.ts";
import { choose, providers } from "./providers.ts";
import { EmbedderSession, prepareRuntime } from "./session.ts";

export interface Embedder {
  readonly manifest: Manifest;
  readonly session: EmbedderSession;
  readonly info: Omit<RuntimeInfo, "storage">;
}

/** Downloads, starts and checks the model. @param forced take this provider or none */
export async function openEmbedder(downloads: Downloads, forced: ProviderName | undefined): Promise<Embedder> {
  const begin = performance.now();
  const [manifestBytes, runtime, model] = await Promise.all([
    downloads.get(assets.manifest),
    downloads.get(assets.runtime),
    downloads.get(assets.model),
  ]);
  const manifest = manifestSchema.parse(JSON.parse(new TextDecoder().decode(manifestBytes)));
  const download = performance.now() - begin;
  prepareRuntime(runtime);

  let timings = { download, session: 0, probe: 0 };
  const open = async (provider: ProviderName) => {
    const start = performance.now();
    const session = await EmbedderSession.create(provider, model, manifest);
    const created = performance.now();
    try {
      const cosine = await probe((pixels) => session.embed(pixels), manifest.goldens);
      timings = { download, session: created - start, probe: performance.now() - created };
      return { session, cosine };
    } catch (error) {
      await session.release();
      throw error;
    }
  };
  const { session, cosine, provider, detail, attempts } = await choose(providers, forced, open, (made) =>
    made.release(),
  );
  const { name, dimension, dataset, metrics, preprocessing } = manifest;
  return {
    manifest,
    session,
    info: {
      provider,
      detail,
      attempts,
      goldenCosine: cosine,
      timings,
      model: {
        name,
        title: dataset.title,
        dimension,
        imageSize: preprocessing.imageSize,
        precisionAt1: metrics?.precisionAt1 ?? null,
      },
    },
  };
}
