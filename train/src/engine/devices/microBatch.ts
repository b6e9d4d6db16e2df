/** Chooses how many images pass through the network at a time, so that a step fits in memory. */
import { type Architecture, PlumageError, parameterTable } from "@plumage/models";
import type { StepOptions } from "../../program/step.ts";

/**
 * Bytes that a step holds per input pixel of ResNet-50 (width 64, 16 blocks), measured at 64 px and
 * at 224 px.
 */
const bytesPerPixel = 6300;
/**
 * Copies of the parameters: themselves, Adam's two moments, gradients, the gradients of one
 * micro-batch, and onnxruntime's own.
 */
const parameterCopies = 7;
/** Node itself. */
const processBytes = 400e6;
/** Share of free memory that a step may use. The rest is for images, evaluation and the system. */
const memoryShare = 0.7;
/** Cap for a step in micro-batches, in bytes: larger micro-batches are no faster. */
const microBatchLimit = 5e9;

/** Estimates the memory of a step in bytes. @param images that pass through at a time */
export function stepBytes(architecture: Architecture, images: number): number {
  const { width, blocks, imageSize } = architecture;
  const relativeSize = (width / 64) * (blocks.reduce((sum, count) => sum + count, 0) / 16);
  const parameters = parameterTable(architecture).reduce(
    (sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1),
    0,
  );
  const activationBytes = images * imageSize ** 2 * bytesPerPixel * relativeSize;
  return activationBytes + parameters * 4 * parameterCopies + processBytes;
}

/** An estimate of twice the free memory is no matter of swapping. */
const shortageLimit = 2;
const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;

/**
 * @param available free memory in bytes
 * @param images that pass through the network at a time
 * @throws PlumageError "bad-input" for a network that is far too large for the memory
 */
export function assertFits(architecture: Architecture, available: number, images = 1): void {
  const needed = stepBytes(architecture, images);
  if (needed <= shortageLimit * available) return;
  throw new PlumageError(
    "bad-input",
    `a step of ${images} image${images > 1 ? "s" : ""} needs about ${gigabytes(needed)} of ` +
      `memory, and ${gigabytes(available)} is free`,
    images > 1 ? "lower --batch or --size" : "lower --size or --dimension",
  );
}

export interface MicroBatchOptions {
  readonly architecture: Architecture;
  readonly batch: number;
  readonly batchNorm: StepOptions["batchNorm"];
  /** The user's choice. */
  readonly requested: number | "auto";
  /** Free memory in bytes. */
  readonly available: number;
  /** Whether the step uses this memory, and not that of another device. */
  readonly onCpu: boolean;
}

/**
 * Chooses the whole batch if its step fits in memory, else the largest divisor of the batch that
 * fits within 5 GB. A number that the user requested is taken as it is.
 *
 * @returns images per micro-batch, and a message if that is not the whole batch or may not fit
 * @throws PlumageError "bad-input" if the requested number does not divide the batch, or if batch
 * norm uses the whole batch's statistics, or if the step is far too large for the memory
 */
export function chooseMicroBatch(options: MicroBatchOptions): {
  microBatch: number;
  message: string | undefined;
} {
  const { architecture, batch, batchNorm, requested, available, onCpu } = options;
  const [needed, free] = [stepBytes(architecture, batch), available].map(gigabytes);
  const shortage = `a whole batch of ${batch} needs about ${needed} and ${free} is free`;
  const fits = (images: number) => stepBytes(architecture, images) <= memoryShare * available;
  if (batchNorm === "batch") {
    if (requested !== "auto" && requested !== batch) {
      throw new PlumageError(
        "bad-input",
        "micro-batches need frozen batch norm; this recipe's uses the whole batch's statistics",
        "omit --micro-batch, or lower --batch",
      );
    }
    if (onCpu) assertFits(architecture, available, batch);
    return { microBatch: batch, message: fits(batch) ? undefined : `${shortage}; lower --batch` };
  }
  if (requested !== "auto") {
    if (batch % requested !== 0) {
      throw new PlumageError(
        "bad-input",
        `--micro-batch ${requested} does not divide the batch of ${batch}`,
        "choose a divisor, or auto",
      );
    }
    if (onCpu) assertFits(architecture, available, requested);
    return { microBatch: requested, message: undefined };
  }
  if (fits(batch)) return { microBatch: batch, message: undefined };
  let microBatch = 1;
  for (let divisor = 1; divisor < batch; divisor++) {
    const isWithinLimit = stepBytes(architecture, divisor) <= microBatchLimit;
    if (batch % divisor === 0 && fits(divisor) && isWithinLimit) microBatch = divisor;
  }
  return { microBatch, message: `micro-batches of ${microBatch}: ${shortage}` };
}
