/** The model in the worker: its manifest and one session, on the provider and of the variant that suit the browser. */

import { assets, models, runtimes } from "virtual:plumage-assets";
import { cosineLimit, type Manifest, manifestSchema } from "@plumage/models";
import type { Asset, Downloads } from "./download.ts";
import { exactCosine, probe } from "./goldens.ts";
import type { RuntimeInfo } from "./protocol.ts";
import { type Candidate, choose, type Survey } from "./providers.ts";
import { EmbedderSession } from "./session.ts";

export interface Embedder {
  readonly manifest: Manifest;
  readonly session: EmbedderSession;
  readonly info: Omit<RuntimeInfo, "storage">;
}

/** The files that one way to compute needs. */
export const filesFor = ({ provider, variant }: Candidate): Asset[] => [
  assets.manifest,
  runtimes[provider],
  models[variant]!,
];

/** Downloads, starts and checks the model. */
export async function openEmbedder(downloads: Downloads, possible: Survey): Promise<Embedder> {
  const manifest = manifestSchema.parse(JSON.parse(new TextDecoder().decode(await downloads.get(assets.manifest))));
  const rowOf = ({ variant }: Candidate) => manifest.files.find((file) => file.variant === variant)!;

  let timings = { download: 0, session: 0, probe: 0 };
  const open = async (candidate: Candidate) => {
    const { provider, variant } = candidate;
    const begin = performance.now();
    const [runtime, model] = await Promise.all([downloads.get(runtimes[provider]), downloads.get(models[variant]!)]);
    const start = performance.now();
    const session = await EmbedderSession.create(provider, { model, runtime }, manifest);
    const created = performance.now();
    try {
      const cosine = await probe((pixels) => session.embed(pixels), manifest.goldens);
      timings = { download: start - begin, session: created - start, probe: performance.now() - created };
      return { session, cosine, least: cosineLimit(rowOf(candidate), exactCosine) };
    } catch (error) {
      await session.release();
      throw error;
    }
  };
  const { session, cosine, candidate, attempts } = await choose(possible, open, (made) => made.release());
  const { name, dimension, dataset, metrics, preprocessing } = manifest;
  const { provider, detail, variant, because } = candidate;
  const exact = manifest.files.find((file) => file.variant === "fp32");
  const { bytes, precisionAt1Delta } = rowOf(candidate);
  return {
    manifest,
    session,
    info: {
      provider,
      detail,
      attempts,
      goldenCosine: cosine,
      timings,
      variant: {
        name: variant,
        because,
        bytes,
        exactBytes: exact?.bytes ?? bytes,
        pointsLost: -(precisionAt1Delta ?? 0),
      },
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
