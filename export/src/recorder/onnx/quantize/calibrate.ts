/** Observes the ranges of a float graph's values on calibration inputs. */
import * as ort from "@plumage/models/onnxruntime";
import { type OnnxModel, writeOnnx } from "../model.ts";
import type { Range } from "./quantize.ts";

/**
 * Runs the model with the minimum and maximum of each value as outputs, and averages them over the
 * batches, so that one outlier among hundreds of images does not coarsen the grid for all. Like the
 * moving averages of Krishnamoorthi 2018 (arXiv 1806.08342), but with equal weights.
 *
 * @param values names of float32 values
 * @param batches for the model's only input, all of the same batch size
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
  const session = await ort.InferenceSession.create(writeOnnx(observer), { logSeverityLevel: 3 });
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
