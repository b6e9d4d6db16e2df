/** Runs a network with fixed parameters: to embed images, and to calibrate batch norm. */
import { availableParallelism } from "node:os";
import { parameterInputs } from "@plumage/export";
import { recordModel } from "@plumage/export/recorder";
import {
  type Architecture,
  featureChannels,
  featureMap,
  frozenBatchNorm,
  type NetworkArchitecture,
  networkInput,
  networkOutputs,
  observedBatchNorm,
  type ParameterValues,
} from "@plumage/models";
import * as ort from "@plumage/models/onnxruntime";
import type * as tf from "@tensorflow/tfjs-core";

export interface NetworkSession<Input = Uint8Array> {
  /**
   * @param input what the network reads: RGB bytes [count, S, S, 3], or a head's features
   * @returns embeddings [count, dimension] and pooled backbone features [count, pooledDimension]
   */
  run(input: Input, count: number): Promise<{ embeddings: Float32Array; pooled: Float32Array }>;
  readonly dimension: number;
  readonly pooledDimension: number;
  close(): Promise<void>;
}

const open = (bytes: Uint8Array): Promise<ort.InferenceSession> =>
  ort.InferenceSession.create(bytes, {
    intraOpNumThreads: availableParallelism(),
    logSeverityLevel: 3,
  });

/** Opens a session of a network with these parameters, on all CPU cores. */
export async function openNetwork(
  architecture: NetworkArchitecture,
  parameters: ParameterValues,
): Promise<NetworkSession<Uint8Array | Float32Array>> {
  const { shape, type } = networkInput(architecture);
  const { bytes } = recordModel(
    ({ input, ...tensors }) => ({
      ...networkOutputs(architecture, tensors, frozenBatchNorm(tensors), input!),
    }),
    {
      input: { shape: ["N", ...shape], type },
      ...parameterInputs(architecture, parameters),
    },
    { name: "network" },
  );
  const session = await open(bytes);
  return {
    dimension: architecture.dimension,
    pooledDimension: featureChannels(architecture),
    async run(input, count) {
      const outputs = await session.run({
        input: new ort.Tensor(type, input as Uint8Array, [count, ...shape]),
      });
      return {
        embeddings: outputs.embeddings!.data as Float32Array,
        pooled: outputs.pooled!.data as Float32Array,
      };
    },
    close: () => session.release(),
  };
}

/**
 * Replaces every batch norm's running_mean and running_var by the average of its batch statistics
 * over some batches, as if the network had seen them in training mode.
 *
 * @param batch images per batch
 * @param batches RGB bytes [batch, S, S, 3] each
 * @returns all parameters, with the new statistics
 */
export async function calibrateBatchNorm(
  architecture: Architecture,
  parameters: ParameterValues,
  batch: number,
  batches: AsyncIterable<Uint8Array>,
): Promise<ParameterValues> {
  const size = architecture.imageSize;
  const { bytes } = recordModel(
    ({ images, ...tensors }) => {
      const statistics: Record<string, tf.Tensor> = {};
      const observe = observedBatchNorm(tensors, (norm, { mean, variance }) => {
        statistics[`next.${norm}.running_mean`] = mean;
        statistics[`next.${norm}.running_var`] = variance;
      });
      featureMap(architecture, observe, images as tf.Tensor4D);
      return statistics;
    },
    {
      images: { shape: [batch, size, size, 3], type: "uint8" },
      ...parameterInputs(architecture, parameters),
    },
    { name: "calibration" },
  );
  const session = await open(bytes);
  const sums = new Map<string, Float64Array>();
  let count = 0;
  for await (const images of batches) {
    const outputs = await session.run({
      images: new ort.Tensor("uint8", images, [batch, size, size, 3]),
    });
    count++;
    for (const [output, tensor] of Object.entries(outputs)) {
      const name = output.slice("next.".length);
      const values = tensor.data as Float32Array;
      const sum = sums.get(name) ?? new Float64Array(values.length);
      for (let i = 0; i < sum.length; i++) sum[i]! += values[i]!;
      sums.set(name, sum);
    }
  }
  await session.release();
  const calibrated: ParameterValues = new Map(parameters);
  for (const [name, sum] of sums)
    calibrated.set(
      name,
      Float32Array.from(sum, (value) => value / count),
    );
  return calibrated;
}
