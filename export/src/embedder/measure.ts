/** Step 4: measures the speed of the variants, and their quality on the held-out images. */
import {
  type Architecture,
  type Calibration,
  classNumbers,
  evaluateRetrieval,
  type Item,
  resizeSteps,
} from "@plumage/models";
import { progress } from "@plumage/models/cli";
import { writeOnnx } from "../recorder/index.ts";
import { onnxDotProducts } from "./dotProducts.ts";
import { imageBatches, spread } from "./images.ts";
import { type EmbedderSession, imagesPerSecond, openSession, rowCosines } from "./session.ts";
import type { MadeVariant } from "./variants.ts";

export interface HeldOutQuality {
  /** Cosines with fp32's embeddings, over up to 1,000 images. */
  readonly cosineMean: number;
  readonly cosineMin: number;
  readonly precisionAt1: number;
  readonly recallAt4: number;
}

export interface MeasuredVariant extends MadeVariant {
  readonly imagesPerSecond: number;
  /** Undefined if fp32 is the only variant; training's report has its metrics. */
  readonly heldOut: HeldOutQuality | undefined;
  /** What cosines of fp32 mean; all variants share its embedding space. */
  readonly calibration: Calibration | undefined;
}

const comparedImages = 1000;
const batchSize = 32;

/**
 * Measures all variants on the CPU, with all cores.
 *
 * @param made fp32 first
 * @param items held-out items, to measure quality on
 */
export async function measureVariants(
  made: readonly MadeVariant[],
  items: readonly Item[],
  architecture: Architecture,
  signal?: AbortSignal,
): Promise<MeasuredVariant[]> {
  const { imageSize } = architecture;
  const sessions: EmbedderSession[] = [];
  for (const { graph } of made) sessions.push(await openSession(writeOnnx(graph), imageSize));
  const speeds = await imagesPerSecond(sessions, imageSize);
  const quality =
    made.length > 1 ? await heldOutQuality(sessions, items, architecture, signal) : [];
  for (const session of sessions) await session.close();
  return made.map((variant, i) => ({
    ...variant,
    imagesPerSecond: speeds[i]!,
    heldOut: quality[i]?.heldOut,
    calibration: quality[i]?.calibration,
  }));
}

/** @param sessions fp32 first */
async function heldOutQuality(
  sessions: readonly EmbedderSession[],
  items: readonly Item[],
  architecture: Architecture,
  signal?: AbortSignal,
): Promise<Pick<MeasuredVariant, "heldOut" | "calibration">[]> {
  const { dimension } = architecture;
  const embeddings = sessions.map(() => new Float32Array(items.length * dimension));
  const bar = progress("held-out images", items.length, "images");
  let done = 0;
  for await (const { images, count } of imageBatches(items, resizeSteps(architecture), batchSize)) {
    signal?.throwIfAborted();
    for (const [i, session] of sessions.entries()) {
      embeddings[i]!.set(await session.embed(images, count), done * dimension);
    }
    done += count;
    bar.advance(count);
  }
  bar.finish();
  const labels = classNumbers(items);
  const compared = spread([...items.keys()], comparedImages);
  const quality: Pick<MeasuredVariant, "heldOut" | "calibration">[] = [];
  for (const rows of embeddings) {
    const { metrics, calibration } = await evaluateRetrieval({
      embeddings: rows,
      dimension,
      labels,
      similarity: "dot",
      provider: onnxDotProducts,
      withOpenSet: rows === embeddings[0],
    });
    const all = rowCosines(rows, embeddings[0]!, dimension);
    const cosines = compared.map((row) => Math.min(1, all[row]!));
    const heldOut = {
      cosineMean: cosines.reduce((sum, cosine) => sum + cosine, 0) / cosines.length,
      cosineMin: Math.min(...cosines),
      precisionAt1: metrics.precisionAt1,
      recallAt4: metrics.recallAt["4"],
    };
    quality.push({ heldOut, calibration });
  }
  return quality;
}
