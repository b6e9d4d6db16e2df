/** Compares a runtime's answer with the goldens. */
import {
  cosine,
  cosineLimit,
  type Golden,
  goldenEmbedding,
  type ManifestFile,
  nearestRows,
  type VariantName,
} from "@plumage/models";
import { type Hit, topOverlap } from "../support/agreement/compare.ts";
import type { Gallery } from "../support/heldOut.ts";
import { median } from "../support/median.ts";
import type { Answer } from "./answer.ts";

/** A file of the model, and what it must compute. */
export interface Check {
  readonly input: "image" | "text";
  readonly file: Pick<ManifestFile, "file" | "variant" | "cosineMin">;
  /** Their embeddings as model.json stores them. */
  readonly goldens: readonly Pick<Golden, "embedding">[];
}

export interface VerifyRow {
  /** What the file embeds. */
  readonly input: Check["input"];
  readonly variant: VariantName;
  readonly provider: string;
  /** Whether the golden images have the manifest's pixels, or the golden texts its tokens. */
  readonly inputEqual: boolean;
  /** Least cosine with a golden embedding, which the trained network gave in float32. */
  readonly cosineMin: number;
  /** Largest absolute difference of two components. */
  readonly maxAbs: number;
  /** Overlap of the top-10 lists of the two embeddings, from 0 to 1; mean over the goldens. */
  readonly top10Overlap: number;
  /** Milliseconds for one image or text: the median without the first run. */
  readonly ms: number;
}

const top = 10;
/** More than ten, to resolve ties at rank ten. */
const ranked = 20;
/** Scores closer than this may differ by rounding. */
const tie = 5e-5;
/** Whether a runtime gives what the exporter did. NaN is wrong. */
export const agrees = (row: VerifyRow, { file }: Pick<Check, "file">): boolean =>
  row.inputEqual && row.cosineMin >= cosineLimit("verify", file);

export function compare(
  provider: string,
  { input, file: { variant }, goldens }: Check,
  { goldens: answers }: Answer,
  gallery: Gallery,
): VerifyRow {
  if (answers.length !== goldens.length)
    throw new Error(`${answers.length} answers to ${goldens.length} goldens`);
  const expected = goldens.map(goldenEmbedding);
  const each = answers.map(({ embedding }, i) => ({
    cosine: cosine(embedding, expected[i]!),
    difference: embedding.reduce(
      (most, value, at) => Math.max(most, Math.abs(value - expected[i]![at]!)),
      0,
    ),
    overlap: overlapOf(nearest(gallery, embedding), nearest(gallery, expected[i]!)),
  }));
  const times = answers.map(({ ms }) => ms);
  return {
    input,
    variant,
    provider,
    inputEqual: answers.every(({ inputEqual }) => inputEqual),
    cosineMin: Math.min(...each.map(({ cosine }) => cosine)),
    maxAbs: Math.max(...each.map(({ difference }) => difference)),
    top10Overlap: each.reduce((sum, { overlap }) => sum + overlap, 0) / each.length,
    ms: median(times.length > 1 ? times.slice(1) : times),
  };
}

/** An embedding with NaN finds nothing. */
const overlapOf = (ours: readonly Hit[], theirs: readonly Hit[]): number =>
  ours.length === 0 ? 0 : topOverlap(ours, theirs, Math.min(top, theirs.length), tie);

const nearest = ({ embeddings }: Gallery, query: ArrayLike<number>): Hit[] =>
  nearestRows(embeddings, query, ranked).map(({ index, score }) => ({ id: String(index), score }));
