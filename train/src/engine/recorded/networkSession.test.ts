import {
  embed,
  encoderFeatures,
  featureChannels,
  featureMap,
  frozenBatchNorm,
  observedBatchNorm,
} from "@plumage/models";
import { randomBytes, randomParameters, tinyArchitecture } from "@plumage/models/testing";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { asTensors, relativeError } from "../../testing/tensors.ts";
import { calibrateBatchNorm, openNetwork } from "./networkSession.ts";

beforeAll(() => tf.setBackend("cpu"));

const architecture = tinyArchitecture(3, 40);
const size = architecture.imageSize;
const values = randomParameters(architecture, 4);
const pixels = (count: number, seed: number) => randomBytes(count * size * size * 3, seed);
const asImages = (images: Uint8Array, count: number) =>
  tf.tensor4d(images, [count, size, size, 3], "int32");
const tensors = {
  ...asTensors(architecture, values, true),
  ...asTensors(architecture, values, false),
};

test("openNetwork gives tfjs's embeddings and pooled features for any batch size", async () => {
  const network = await openNetwork(architecture, values);
  expect([network.dimension, network.pooledDimension]).toEqual([16, featureChannels(architecture)]);
  for (const count of [3, 1]) {
    const images = pixels(count, count);
    const { embeddings, pooled } = await network.run(images, count);
    const map = featureMap(architecture, frozenBatchNorm(tensors), asImages(images, count));
    expect(relativeError(pooled, encoderFeatures(["S"], map).dataSync())).toBeLessThan(1e-4);
    const expected = embed(architecture, tensors, asImages(images, count)).dataSync();
    expect(relativeError(embeddings, expected)).toBeLessThan(1e-4);
  }
  await network.close();
});

test("calibrateBatchNorm averages batch statistics, with torch's unbiased variance", async () => {
  const batches = [pixels(2, 10), pixels(2, 11), pixels(2, 12)];
  async function* all() {
    yield* batches;
  }
  const calibrated = await calibrateBatchNorm(architecture, values, 2, all());

  const channels = 8;
  const mean = new Float64Array(channels);
  const variance = new Float64Array(channels);
  for (const batch of batches) {
    const [pad, deviations, means] = [3, [0.229, 0.224, 0.225], [0.485, 0.456, 0.406]];
    const normalized = tf.div(
      tf.sub(tf.div(asImages(batch, 2), 255), means),
      deviations,
    ) as tf.Tensor4D;
    const pads: [[0, 0], [number, number], [number, number], [0, 0]] = [
      [0, 0],
      [pad, pad],
      [pad, pad],
      [0, 0],
    ];
    const map = tf.conv2d(normalized, tensors["conv1.weight"] as tf.Tensor4D, 2, pads).dataSync();
    for (let channel = 0; channel < channels; channel++) {
      const own = Array.from(map).filter((_, at) => at % channels === channel);
      const average = own.reduce((sum, value) => sum + value, 0) / own.length;
      mean[channel]! += average / batches.length;
      const squares = own.reduce((sum, value) => sum + (value - average) ** 2, 0);
      variance[channel]! += squares / (own.length - 1) / batches.length;
    }
  }
  expect(relativeError(calibrated.get("bn1.running_mean")!, mean)).toBeLessThan(1e-4);
  expect(relativeError(calibrated.get("bn1.running_var")!, variance)).toBeLessThan(1e-3);

  const changed = [...calibrated].filter(
    ([name, value]) => relativeError(value, values.get(name)!) > 0,
  );
  const statistics = [...values.keys()].filter((name) => /running_(mean|var)$/.test(name));
  expect(changed.map(([name]) => name)).toEqual(statistics);
});

test("a network calibrated on one batch equals one that normalizes by that batch", async () => {
  const images = pixels(6, 20);
  async function* one() {
    yield images;
  }
  const calibrated = await calibrateBatchNorm(architecture, values, 6, one());
  const network = await openNetwork(architecture, calibrated);
  const { embeddings } = await network.run(images, 6);
  await network.close();
  const expected = embed(architecture, tensors, asImages(images, 6), observedBatchNorm).dataSync();
  // The unbiased variance differs from the batch's own by one pixel in 24 on the last map.
  expect(relativeError(embeddings, expected)).toBeLessThan(0.1);
  const uncalibrated = embed(architecture, tensors, asImages(images, 6)).dataSync();
  expect(relativeError(uncalibrated, expected)).toBeGreaterThan(0.5);
});
