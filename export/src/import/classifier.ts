/** Finds the features inside a classifier: what its last layer reads. */
import { PlumageError } from "@plumage/models";
import type { GraphProto, NodeProto } from "onnx-buf";

/** The name that --output takes for it, unless the graph has a value of that name. */
export const penultimate = "penultimate";

/** What exporters put behind the last layer, or between its product and its bias. */
const after = new Set(["Softmax", "LogSoftmax", "Identity", "Reshape", "Squeeze", "Flatten"]);

/**
 * The value that a classifier's last layer (Gemm, or MatMul with or without a bias) reads.
 *
 * @param file name for messages
 * @throws PlumageError "bad-input" if the graph does not end with such a layer
 */
export function penultimateValue({ node, output, initializer }: GraphProto, file: string): string {
  const weights = new Set(initializer.map(({ name }) => name));
  const producers = new Map(node.flatMap((each) => each.output.map((name) => [name, each])));
  const producer = ({ input }: NodeProto): NodeProto | undefined =>
    producers.get(input.find((name) => !weights.has(name) && producers.has(name)) ?? "");
  let layer = output.length === 1 ? producers.get(output[0]!.name) : undefined;
  while (layer && after.has(layer.opType)) layer = producer(layer);
  if (layer?.opType === "Add") layer = producer(layer);
  const [features] = layer?.input ?? [];
  if (features && (layer?.opType === "Gemm" || layer?.opType === "MatMul")) return features;
  throw new PlumageError(
    "bad-input",
    `--output ${penultimate}: ${file} does not end with a fully connected layer`,
    "name the value to use; netron.app shows the graph",
  );
}
