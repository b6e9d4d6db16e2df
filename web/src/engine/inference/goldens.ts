/** Holds a session against the known inputs and embeddings of model.json, before it is trusted. */
import { goldenCosines, type Manifest } from "@plumage/models";

/** 8-bit images [1, S, S, 3] to unit-length embeddings. */
export type Embed = (pixels: Uint8Array<ArrayBuffer>) => Promise<Float32Array>;

/** The smallest cosine between computed and golden embeddings; NaN if any of them is NaN. */
export const probe = async (embed: Embed, goldens: Manifest["goldens"]): Promise<number> =>
  Math.min(...(await goldenCosines(goldens, embed)));
