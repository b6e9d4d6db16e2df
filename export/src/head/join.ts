/** Puts a trained head behind the encoder that it was trained on. */
import { create, fromBinary } from "@bufbuild/protobuf";
import { type EncoderHead, headPrefix, normEpsilon, type ParameterValues } from "@plumage/models";
import { GraphProtoSchema, type ModelProto, ModelProtoSchema } from "onnx-buf";
import { opsetOf } from "../import/readEncoder.ts";
import { addReduction, addUnitLength, protos } from "../import/wrap.ts";
import { Graph, tensorProto, valueInfo } from "../recorder/index.ts";

/**
 * Joins encoder and head into an embedder: images uint8 [N, S, S, 3] to unit-length embeddings
 * float32 [N, dimension]. The head's nodes are written in the encoder's version of the operators,
 * so they are not recorded; export compares the file with the head that was trained.
 *
 * @param encoder an ONNX file with the output `features`
 */
export function joinHead(
  encoder: Uint8Array,
  architecture: EncoderHead,
  parameters: ParameterValues,
): ModelProto {
  const model = fromBinary(ModelProtoSchema, encoder);
  const graph = model.graph!;
  const head = new Graph();
  head.scope = "head";
  addHead(head, architecture, parameters, opsetOf(model));
  const shape = ["N", architecture.dimension];
  return create(ModelProtoSchema, {
    ...model,
    graph: create(GraphProtoSchema, {
      ...graph,
      node: [...graph.node, ...protos(head)],
      initializer: [...graph.initializer, ...head.constants.map(tensorProto)],
      output: [valueInfo({ name: "embeddings", type: "float32", shape })],
    }),
  });
}

/** The nodes of headEmbedding (models/src/network/network.ts). */
function addHead(
  graph: Graph,
  { features, channels, descriptors, dimension }: EncoderHead,
  parameters: ParameterValues,
  opset: number,
): void {
  const share = dimension / descriptors.length;
  const mean = (value: string) =>
    addReduction(graph, "ReduceMean", value, { axes: [1], keepdims: 1 }, opset);
  const parts = descriptors.map((descriptor) => {
    const value = (name: string, shape: readonly number[]) => {
      const values = parameters.get(`${headPrefix(descriptor)}.${name}`)!;
      return graph.constant("float32", shape, values);
    };
    const start = features.indexOf(descriptor) * channels;
    const bounds = [start, start + channels].map((bound) => graph.integers([bound]));
    const pooled = graph.add("Slice", ["features", ...bounds, graph.integers([1])]);
    const weight = transposed(parameters.get(`${headPrefix(descriptor)}.linear.weight`)!, share);
    const matrix = graph.constant("float32", [channels, share], weight);
    const projected = graph.add("MatMul", [pooled, matrix]);
    const centered = graph.add("Sub", [projected, mean(projected)]);
    const variance = mean(graph.add("Mul", [centered, centered]));
    const deviation = graph.add("Sqrt", [graph.add("Add", [variance, graph.scalar(normEpsilon)])]);
    const normed = graph.add("Div", [centered, deviation]);
    const scaled = graph.add("Mul", [normed, value("norm.weight", [share])]);
    return graph.add("Add", [scaled, value("norm.bias", [share])]);
  });
  const joined = parts.length === 1 ? parts[0]! : graph.add("Concat", parts, { axis: 1 });
  addUnitLength(graph, joined, opset);
}

/** @param values [rows, columns] @returns [columns, rows] */
function transposed(values: Float32Array, rows: number): Float32Array<ArrayBuffer> {
  const columns = values.length / rows;
  return Float32Array.from(
    { length: values.length },
    (_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!,
  );
}
