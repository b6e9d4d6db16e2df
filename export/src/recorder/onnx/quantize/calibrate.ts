/** Observes the values of a float graph on calibration inputs. */
import * as ort from "@plumage/models/onnxruntime";
import type { GraphNode } from "../graph.ts";
import type { OnnxModel } from "../model.ts";
import type { QuantizationPlan } from "./plan.ts";
import type { Range } from "./quantize.ts";

/** What quantization needs to know about a float graph's values, by their names. */
export interface Observations {
  /** Of the values that are stored as uint8. */
  readonly ranges: ReadonlyMap<string, Range>;
  /** Mean of each channel of the convolutions' inputs, over images and positions. */
  readonly means: ReadonlyMap<string, Float32Array>;
}

/** Operators that are the same in all opsets from 11 on. */
const observer = (
  type: "ReduceMin" | "ReduceMax" | "GlobalAveragePool",
  value: string,
): GraphNode => ({
  type,
  inputs: [value],
  outputs: [`${value}/${type}/observed`],
  attributes: type === "GlobalAveragePool" ? {} : { keepdims: 0 },
});

/**
 * Runs the model with the minimum and maximum of each value as outputs, and averages them over the
 * batches, so that one outlier among hundreds of images does not coarsen the grid for all. Like the
 * moving averages of Krishnamoorthi 2018 (arXiv 1806.08342), but with equal weights.
 *
 * @param batches for the model's only input, all of the same batch size
 * @param write serializes a model
 */
export async function observe(
  model: OnnxModel,
  plan: QuantizationPlan,
  batches: AsyncIterable<ort.Tensor>,
  write: (model: OnnxModel) => Uint8Array,
): Promise<Observations> {
  const values = [...plan.values];
  const inputs = [...plan.nodes].flatMap((node) => (node.type === "Conv" ? node.inputs[0]! : []));
  const observers = [
    ...values.flatMap((value) => [observer("ReduceMin", value), observer("ReduceMax", value)]),
    ...Array.from(new Set(inputs), (value) => observer("GlobalAveragePool", value)),
  ];
  const watched = {
    ...model,
    nodes: [...model.nodes, ...observers],
    outputs: observers.map(({ outputs }) => ({ name: outputs[0]!, type: "float32" as const })),
  };
  const session = await ort.InferenceSession.create(write(watched), { logSeverityLevel: 3 });
  const sums = new Map<string, Float32Array>();
  let count = 0;
  let batchSize = 1;
  for await (const batch of batches) {
    batchSize = batch.dims[0]!;
    const results = await session.run({ [model.inputs[0]!.name]: batch });
    for (const [name, { data }] of Object.entries(results)) {
      const sum = sums.get(name);
      sums.set(
        name,
        (data as Float32Array).map((value, i) => value + (sum?.[i] ?? 0)),
      );
    }
    count++;
  }
  await session.release();
  const average = (type: Parameters<typeof observer>[0], value: string) =>
    sums.get(observer(type, value).outputs[0]!)!.map((sum) => sum / count);
  const range = (value: string): Range => ({
    low: average("ReduceMin", value)[0]!,
    high: average("ReduceMax", value)[0]!,
  });
  return {
    ranges: new Map(values.map((value) => [value, range(value)])),
    means: new Map(
      inputs.map((value) => [value, meanRow(average("GlobalAveragePool", value), batchSize)]),
    ),
  };
}

/** The mean of the rows of a matrix [rows, width]. */
function meanRow(matrix: Float32Array, rows: number): Float32Array {
  const mean = new Float32Array(matrix.length / rows);
  for (const [i, value] of matrix.entries()) mean[i % mean.length]! += value / rows;
  return mean;
}
