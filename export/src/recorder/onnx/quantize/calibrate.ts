/** Observes the values of a float graph on calibration inputs. */
import * as ort from "@plumage/models/onnxruntime";
import type { GraphNode } from "../graph.ts";
import { type OnnxModel, writeOnnx } from "../model.ts";
import type { QuantizationPlan } from "./plan.ts";
import type { Range } from "./quantize.ts";

/** What quantization needs to know about a float graph's values, by their names. */
export interface Observations {
  /** Of the values that are stored as uint8. */
  readonly ranges: ReadonlyMap<string, Range>;
  /** Mean of each channel of the convolutions' inputs, over images and positions. */
  readonly means: ReadonlyMap<string, Float32Array>;
}

const reduction = (type: string, value: string, axes?: readonly number[]): GraphNode => ({
  type,
  inputs: [value],
  outputs: [`${value}/${type}/observed`],
  attributes: { keepdims: 0, ...(axes ? { axes } : {}) },
});

/**
 * Runs the model with the minimum and maximum of each value as outputs, and averages them over the
 * batches, so that one outlier among hundreds of images does not coarsen the grid for all. Like the
 * moving averages of Krishnamoorthi 2018 (arXiv 1806.08342), but with equal weights.
 *
 * @param batches for the model's only input, all of the same batch size
 */
export async function observe(
  model: OnnxModel,
  plan: QuantizationPlan,
  batches: AsyncIterable<ort.Tensor>,
): Promise<Observations> {
  const values = [...plan.values];
  const inputs = [...plan.nodes].flatMap((node) => (node.type === "Conv" ? node.inputs[0]! : []));
  const observed = [
    ...values.flatMap((value) => [reduction("ReduceMin", value), reduction("ReduceMax", value)]),
    ...Array.from(new Set(inputs), (value) => reduction("ReduceMean", value, [0, 2, 3])),
  ];
  const observer = {
    ...model,
    nodes: [...model.nodes, ...observed],
    outputs: observed.map(({ outputs }) => ({ name: outputs[0]!, type: "float32" as const })),
  };
  const session = await ort.InferenceSession.create(writeOnnx(observer), { logSeverityLevel: 3 });
  const sums = new Map<string, Float32Array>();
  let count = 0;
  for await (const batch of batches) {
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
  const average = (type: string, value: string) =>
    sums.get(reduction(type, value).outputs[0]!)!.map((sum) => sum / count);
  const range = (value: string): Range => ({
    low: average("ReduceMin", value)[0]!,
    high: average("ReduceMax", value)[0]!,
  });
  return {
    ranges: new Map(values.map((value) => [value, range(value)])),
    means: new Map(inputs.map((value) => [value, average("ReduceMean", value)])),
  };
}
