/**
 * How many images pass through the network at a time: all of a batch where memory holds their
 * activations, else fewer.
 */
import { type Architecture, PlumageError, parameterTable } from "@plumage/models";
import type { StepOptions } from "../../program/step.ts";

/**
 * Bytes that a step holds for each input pixel of ResNet-50 (64 wide, 16 blocks): measured at 64 px
 * and at 224 px.
 */
const bytesPerPixel = 6300;
/**
 * Parameters, Adam's two moments, gradients, their parts and onnxruntime's own copies; and Node
 * itself.
 */
const parameterCopies = 7;
const processBytes = 400e6;
/** Left to the images, to evaluation and to everybody else. */
const share = 0.7;
/**
 * What a step in micro-batches may need: with more images at a time it is no faster, so the rest of
 * the memory stays free.
 */
const enoughBytes = 5e9;

/** About what a step needs in bytes. */
export function stepBytes(architecture: Architecture, images: number): number {
  const { width, blocks, imageSize } = architecture;
  const size = (width / 64) * (blocks.reduce((sum, count) => sum + count, 0) / 16);
  const numbers = parameterTable(architecture).reduce(
    (sum, { shape }) => sum + shape.reduce((product, length) => product * length, 1),
    0,
  );
  return (
    images * imageSize ** 2 * bytesPerPixel * size + numbers * 4 * parameterCopies + processBytes
  );
}

export interface MicroBatchWish {
  readonly architecture: Architecture;
  readonly batch: number;
  readonly batchNorm: StepOptions["batchNorm"];
  /** A number that a person asked for. */
  readonly asked: number | "auto";
  /** Bytes that are free. */
  readonly available: number;
}

/**
 * The whole batch if its step fits into memory, else the largest divisor of it that does within 5
 * GB; or the number that was asked for.
 *
 * @returns the images in a micro-batch, and a line on why it is not the whole batch, or may not fit
 * @throws PlumageError "bad-input" if the number asked for does not divide the batch, or batch norm
 * sees the whole batch
 */
export function chooseMicroBatch(wish: MicroBatchWish): {
  microBatch: number;
  why: string | undefined;
} {
  const { architecture, batch, batchNorm, asked, available } = wish;
  const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
  const needs = `a batch of ${batch} at once needs about ${gigabytes(stepBytes(architecture, batch))}, and ${gigabytes(available)} is free`;
  const fits = (images: number) => stepBytes(architecture, images) <= share * available;
  if (batchNorm === "batch") {
    if (asked !== "auto" && asked !== batch) {
      throw new PlumageError(
        "bad-input",
        "this recipe's batch norm takes the whole batch's statistics, so that it cannot be cut into micro-batches",
        "leave --micro-batch out, or take a smaller --batch",
      );
    }
    return {
      microBatch: batch,
      why: fits(batch) ? undefined : `${needs}: a smaller --batch may be wanted`,
    };
  }
  if (asked !== "auto") {
    if (batch % asked !== 0) {
      throw new PlumageError(
        "bad-input",
        `--micro-batch ${asked} does not divide the batch of ${batch}`,
        "choose a divisor, or auto",
      );
    }
    return { microBatch: asked, why: undefined };
  }
  if (fits(batch)) return { microBatch: batch, why: undefined };
  let microBatch = 1;
  for (let divisor = 1; divisor < batch; divisor++) {
    const isEnough = stepBytes(architecture, divisor) <= enoughBytes;
    if (batch % divisor === 0 && fits(divisor) && isEnough) microBatch = divisor;
  }
  return { microBatch, why: `micro-batches of ${microBatch}: ${needs}` };
}
