/** Converts a wrapped encoder to int8, calibrated on training images. */
import type * as ort from "@plumage/models/onnxruntime";
import type { ModelProto } from "onnx-buf";
import { type GraphNode, planQuantization, toInt8 } from "../recorder/index.ts";
import { plainGraph, plainWriter, withPlainGraph } from "./plainGraph.ts";

/** The first opset whose DequantizeLinear takes a scale per channel. */
const oldestOpset = 13;
/** The least share of the weights that must compute in 8 bits for a third file to be worth it. */
const minShare = 0.5;

/**
 * Converts as `npm run export` does: weights int8 per channel, activations uint8 in the average of
 * the images' ranges, biases corrected. What else is in the graph stays as it is.
 *
 * @param examples yields images as the encoder's input
 * @returns the model, or why it has no int8 form
 */
export async function int8Encoder(
  model: ModelProto,
  opset: number,
  examples: () => AsyncIterable<ort.Tensor>,
): Promise<ModelProto | string> {
  if (opset < oldestOpset) return `it takes opset ${oldestOpset}, and the encoder is in ${opset}`;
  const plain = plainGraph(model);
  if (!plain) return "the graph has loops or branches";
  const sizes = new Map(plain.constants.map(({ name, bytes }) => [name, bytes.length]));
  const bytesOf = (nodes: Iterable<GraphNode>) =>
    [...new Set([...nodes].flatMap(({ inputs }) => inputs))].reduce(
      (sum, name) => sum + (sizes.get(name) ?? 0),
      0,
    );
  const { nodes } = planQuantization(plain);
  if (nodes.size === 0 || bytesOf(nodes) < minShare * bytesOf(plain.nodes))
    return "most weights are not float32, or not those of convolutions and matrix products";
  return withPlainGraph(model, await toInt8(plain, examples(), plainWriter(model)));
}
