/** Loads the model: the manifest, and a session on the best provider and variant that works. */

import { assets, models, runtimes } from "virtual:plumage-assets";
import {
  cosineLimit,
  describeResize,
  encoderLicense,
  goldenCosines,
  type Manifest,
  parseManifest,
  type VariantName,
  variantFile,
} from "@plumage/models";
import type { Asset } from "../files/asset.ts";
import type { Downloads } from "../files/downloads.ts";
import {
  type Attempt,
  type Candidate,
  type Candidates,
  type Choice,
  candidatesAfter,
  chooseCandidate,
} from "./candidates.ts";
import type { ProviderName } from "./providers.ts";
import { EmbedderSession, type Runtime, startRuntime } from "./session.ts";

/** The model in use, how it was chosen, and how long it took to start. */
export interface ModelInfo {
  readonly provider: ProviderName;
  /** The GPU adapter, or the number of threads. */
  readonly detail: string;
  /** In the order in which they were tried; the last is in use. */
  readonly attempts: readonly Attempt[];
  /** How many goldens were checked, and the smallest cosine to one of them. */
  readonly goldens: { readonly checked: number; readonly cosine: number };
  /** Milliseconds: downloads and runtime, session, goldens. */
  readonly timings: { readonly files: number; readonly session: number; readonly goldens: number };
  readonly variant: {
    readonly name: VariantName;
    /** Why it was chosen. */
    readonly reason: string;
    readonly bytes: number;
    readonly fp32Bytes: number;
    /** Loss of P@1 against fp32 in percentage points; 0 if not measured. */
    readonly precisionLoss: number;
  };
  readonly model: {
    readonly name: string;
    /** Title of the data set that it was trained on. */
    readonly title: string;
    readonly dimension: number;
    readonly imageSize: number;
    /** How an image becomes the network's input, in words. */
    readonly resize: string;
    /** Of an imported encoder, if known. */
    readonly license: string | undefined;
    /** P@1 on held-out classes as a fraction; null if not measured. */
    readonly precisionAt1: number | null;
  };
}

export interface LoadedModel {
  readonly manifest: Manifest;
  readonly session: Pick<EmbedderSession, "embed">;
  /** Other sessions can be opened on it. */
  readonly runtime: Runtime;
  readonly info: ModelInfo;
  /** The cosine that it must reach with every golden. */
  readonly minCosine: number;
  /** Releases the session and loads the next candidate. @param outcome why this one failed */
  loadNext(outcome: string): Promise<LoadedModel>;
}

/** The files that a candidate needs. */
export const filesOf = ({ provider, variant }: Candidate): Asset[] => [
  assets.manifest,
  runtimes[provider],
  models[variant]!,
];

/**
 * Downloads and starts the model, and checks the first golden. ActiveModel checks the others later.
 *
 * @throws PlumageError "unsupported" if no candidate works; if a download failed, its error
 */
export async function loadModel(downloads: Downloads, from: Candidates): Promise<LoadedModel> {
  const manifestLoaded = downloads
    .get(assets.manifest)
    .then((bytes) => parseManifest(new TextDecoder().decode(bytes)));
  let timings: ModelInfo["timings"] = { files: 0, session: 0, goldens: 0 };

  const open = async ({ provider, variant }: Candidate) => {
    const begin = performance.now();
    // In parallel: the runtime starts while the model is downloading.
    const [manifest, ort, model] = await Promise.all([
      manifestLoaded,
      downloads.get(runtimes[provider]).then((binary) => startRuntime(provider, binary)),
      downloads.get(models[variant]!),
    ]);
    const loaded = performance.now();
    const session = await EmbedderSession.create(ort, provider, model, manifest);
    const created = performance.now();
    try {
      const first = manifest.goldens.slice(0, 1);
      const [cosine] = await goldenCosines(first, (pixels) => session.embed(pixels));
      const goldens = performance.now() - created;
      timings = { files: loaded - begin, session: created - loaded, goldens };
      const minCosine = cosineLimit("page", variantFile(manifest, variant));
      return { session, cosine: cosine!, minCosine };
    } catch (error) {
      await session.release();
      throw error;
    }
  };

  const choice = await chooseCandidate(from, open, (session) => session.release());
  const manifest = await manifestLoaded;
  const { session, minCosine } = choice;
  return {
    manifest,
    session,
    runtime: session.runtime,
    minCosine,
    info: { ...describe(manifest, choice), timings },
    async loadNext(outcome) {
      await session.release();
      return loadModel(downloads, candidatesAfter(from, choice, outcome));
    },
  };
}

function describe(
  manifest: Manifest,
  { candidate, attempts, cosine }: Choice<unknown>,
): Omit<ModelInfo, "timings"> {
  const { name, dimension, dataset, metrics, preprocessing } = manifest;
  const { provider, detail, variant, reason } = candidate;
  const { bytes, precisionAt1Delta = 0 } = variantFile(manifest, variant);
  return {
    provider,
    detail,
    attempts,
    goldens: { checked: 1, cosine },
    variant: {
      name: variant,
      reason,
      bytes,
      fp32Bytes: variantFile(manifest, "fp32").bytes,
      precisionLoss: -precisionAt1Delta,
    },
    model: {
      name,
      title: dataset.title,
      dimension,
      imageSize: preprocessing.imageSize,
      resize: describeResize(preprocessing.resize),
      license: encoderLicense(manifest),
      precisionAt1: metrics?.precisionAt1 ?? null,
    },
  };
}
