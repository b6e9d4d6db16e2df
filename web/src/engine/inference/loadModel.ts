/**
 * The model in the worker: its manifest and one session, on the provider and of the variant that
 * suit the browser.
 */

import { assets, models, runtimes } from "virtual:plumage-assets";
import { cosineLimit, type Manifest, parseManifest, variantFile } from "@plumage/models";
import type { Asset, Downloads } from "../files/downloads.ts";
import type { RuntimeInfo } from "../protocol.ts";
import { probe } from "./goldens.ts";
import { type Candidate, choose, type Survey, surveyAfter } from "./providers.ts";
import { EmbedderSession, startRuntime } from "./session.ts";

export interface Embedder {
  readonly manifest: Manifest;
  readonly session: Pick<EmbedderSession, "embed">;
  readonly info: Omit<RuntimeInfo, "storage" | "search">;
  /** The cosine that it must have with every golden. */
  readonly least: number;
  /**
   * Closes it, and opens the next that suits the browser.
   *
   * @param outcome what was wrong with this one
   */
  next(outcome: string): Promise<Embedder>;
}

/** The files that one way to compute needs. */
export const filesFor = ({ provider, variant }: Candidate): Asset[] => [
  assets.manifest,
  runtimes[provider],
  models[variant]!,
];

/**
 * Downloads and starts the model, and holds it against the first golden; the others are left for
 * later (Model).
 */
export async function openEmbedder(downloads: Downloads, possible: Survey): Promise<Embedder> {
  const described = downloads
    .get(assets.manifest)
    .then((bytes) => parseManifest(new TextDecoder().decode(bytes)));
  let timings = { files: 0, session: 0, probe: 0 };
  const open = async (candidate: Candidate) => {
    const { provider, variant } = candidate;
    const begin = performance.now();
    // All of it side by side: the runtime starts while the model is on its way.
    const [manifest, ort, model] = await Promise.all([
      described,
      downloads.get(runtimes[provider]).then((binary) => startRuntime(provider, binary)),
      downloads.get(models[variant]!),
    ]);
    const start = performance.now();
    const session = await EmbedderSession.create(ort, provider, model, manifest);
    const created = performance.now();
    try {
      const cosine = await probe((pixels) => session.embed(pixels), manifest.goldens.slice(0, 1));
      timings = {
        files: start - begin,
        session: created - start,
        probe: performance.now() - created,
      };
      return { session, cosine, least: cosineLimit("page", variantFile(manifest, variant)) };
    } catch (error) {
      await session.release();
      throw error;
    }
  };
  const { session, cosine, least, candidate, attempts } = await choose(possible, open, (made) =>
    made.release(),
  );
  const manifest = await described;
  const { name, dimension, dataset, metrics, preprocessing } = manifest;
  const { provider, detail, variant, because } = candidate;
  const { bytes, precisionAt1Delta } = variantFile(manifest, variant);
  return {
    manifest,
    session,
    least,
    async next(outcome) {
      await session.release();
      return openEmbedder(downloads, surveyAfter(possible, { candidate, attempts }, outcome));
    },
    info: {
      provider,
      detail,
      attempts,
      goldens: { checked: 1, cosine },
      timings,
      variant: {
        name: variant,
        because,
        bytes,
        exactBytes: variantFile(manifest, "fp32").bytes,
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
