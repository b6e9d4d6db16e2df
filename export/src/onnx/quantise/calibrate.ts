/** The ranges of a graph's values, observed while the float graph computes on example inputs. */
import * as ort from "onnxruntime-node";
import { type OnnxModel, writeModel } from "../read.ts";
import type { Range } from "./quantise.ts";

/**
 * Runs the model with the smallest and the largest number of each value as its outputs.
 *
 * @param values names of float32 values
 * @param batches feeds of the model's one input
 */
export async function observeRanges(
  model: OnnxModel,
  values: Iterable<string>,
  batches: AsyncIterable<ort.Tensor>,
): Promise<Map<string, Range>> {
  const names = [...values];
  const reduction = (type: string, value: string, end: keyof Range) => ({
    type,
    inputs: [value],
    outputs: [`${value}/${end}`],
    attributes: { keepdims: 0 },
  });
  const ends = names.flatMap((value) => [reduction("ReduceMin", value, "low"), reduction("ReduceMax", value, "high")]);
  const observer = {
    ...model,
    nodes: [...model.nodes, ...ends],
    outputs: ends.map(({ outputs }) => ({ name: outputs[0]!, type: "float32" as const, shape: [] })),
  };
  const session = await ort.InferenceSession.create(writeModel(observer), { logSeverityLevel: 3 });
  const ranges = new Map<string, Range>();
  for await (const batch of batches) {
    const results = await session.run({ [model.inputs[0]!.name]: batch });
    const end = (value: string, which: keyof Range) => (results[`${value}/${which}`]!.data as Float32Array)[0]!;
    for (const value of names) {
      const known = ranges.get(value) ?? { low: Number.POSITIVE_INFINITY, high: Number.NEGATIVE_INFINITY };
      ranges.set(value, {
        low: Math.min(known.low, end(value, "low")),
        high: Math.max(known.high, end(value, "high")),
      });
    }
  }
  await session.release();
  return ranges;
}
