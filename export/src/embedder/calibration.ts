/** Training images to calibrate the int8 variant on. */
import { type Item, PlumageError, type ResizeStep, resizedSize } from "@plumage/models";
import { progress } from "@plumage/models/cli";
import * as ort from "@plumage/models/onnxruntime";
import { imageBatches, spread } from "./images.ts";

const imageCount = 128;
/** Ranges are averaged over batches; those of larger batches follow outliers. */
const batchSize = 1;

/**
 * Yields up to 128 training images, spread over the data set, one by one.
 *
 * @param steps resize steps of the images
 * @throws PlumageError "bad-file" if there are no training images
 */
export async function* calibrationTensors(
  items: readonly Item[],
  steps: readonly ResizeStep[],
  signal?: AbortSignal,
): AsyncGenerator<ort.Tensor> {
  const size = resizedSize(steps.at(-1)!);
  const training = items.filter((item) => item.split === "train");
  if (training.length === 0) {
    throw new PlumageError(
      "bad-file",
      "items.jsonl has no training images to calibrate int8 on",
      "export without int8: --variants fp32,fp16",
    );
  }
  const chosen = spread(training, imageCount);
  const bar = progress("calibrating int8", chosen.length, "training images");
  for await (const { images, count } of imageBatches(chosen, steps, batchSize)) {
    signal?.throwIfAborted();
    yield new ort.Tensor("uint8", images, [count, size, size, 3]);
    bar.advance(count);
  }
  bar.finish();
}
