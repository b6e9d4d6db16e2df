/** The ranges of a graph's values, observed while the float graph computes on example inputs. */
import * as ort from "onnxruntime-node";
import { type OnnxModel, writeModel } from "../read.ts";
import type { Range } from "./quantize.ts";

/**
 * Runs the model with the smallest and the largest number of each value as its outputs, and takes
 * each one's mean over the batches: an image in hundreds that goes far beyond the others must not
 * make the grid coarse for all (the averaged ranges of Krishnamoorthi 2018, arXiv 1806.08342,
 * without the weights of time).
 *
 * @param values names of float32 values
 * @param batches feeds of the model's one input, of one size
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
  const ends = names.flatMap((value) => [
    reduction("ReduceMin", value, "low"),
    reduction("ReduceMax", value, "high"),
  ]);
  const observer = {
    ...model,
    nodes: [...model.nodes, ...ends],
    outputs: ends.map(({ outputs }) => ({
      name: outputs[0]!,
      type: "float32" as const,
      shape: [],
    })),
  };
  const session = await ort.InferenceSession.create(writeModel(observer), { logSeverityLevel: 3 });
  const sums = new Map<string, Range>();
  let count = 0;
  for await (const batch of batches) {
    const results = await session.run({ [model.inputs[0]!.name]: batch });
    const end = (value: string, which: keyof Range) =>
      (results[`${value}/${which}`]!.data as Float32Array)[0]!;
    for (const value of names) {
      const { low, high } = sums.get(value) ?? { low: 0, high: 0 };
      sums.set(value, { low: low + end(value, "low"), high: high + end(value, "high") });
    }
    count++;
  }
  await session.release();
  return new Map(
    Array.from(sums, ([value, { low, high }]) => [value, { low: low / count, high: high / count }]),
  );
}
