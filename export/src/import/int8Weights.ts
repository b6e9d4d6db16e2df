/** Stores an encoder's weights as int8, for a quarter of the download. */
import { create } from "@bufbuild/protobuf";
import {
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  type TensorProto,
} from "onnx-buf";
import { nodeProto, quantizeWeights, tensorProto } from "../recorder/index.ts";
import { subgraphs } from "./graphs.ts";
import { floatConstant, intAttribute } from "./plainGraph.ts";
import { castNode } from "./wrap.ts";

/** The least share of the weights that must shrink for a file of its own to be worth it. */
const minShare = 0.5;

/**
 * Rounds the weights of convolutions and matrix products to int8 with a scale per output channel,
 * each followed by a Cast and a Mul. onnxruntime computes those once, when it loads the file, so
 * the encoder computes in float32 as before: as fast, in any opset, loops included.
 *
 * @returns undefined if most weights are not float32, or not those of such layers
 */
export function withInt8Weights(model: ModelProto): ModelProto | undefined {
  const graph = model.graph!;
  const axes = channelAxes(graph.node);
  const nodes: NodeProto[] = [];
  let shrunk = 0;
  let all = 0;
  const initializer = graph.initializer.flatMap((tensor): TensorProto[] => {
    all += tensor.rawData.length || tensor.floatData.length * 4;
    const axis = axes.get(tensor.name);
    const constant = axis === undefined ? undefined : floatConstant(tensor.name, tensor);
    if (axis === undefined || !constant || !fits(constant.shape, axis)) return [tensor];
    shrunk += constant.bytes.length;
    const { shape } = constant;
    const { values, scales } = quantizeWeights(constant, axis);
    const name = `import/int8/${tensor.name}`;
    const named = { values: name, scales: `${name}/scales`, float: `${name}/float` };
    nodes.push(
      castNode(named.values, named.float, "float32"),
      nodeProto({
        type: "Mul",
        inputs: [named.float, named.scales],
        outputs: [tensor.name],
        attributes: {},
      }),
    );
    const along = shape.map((size, i) => (i === axis ? size : 1));
    return [
      tensorProto({ name: named.values, type: "int8", shape, bytes: bytesOf(values) }),
      tensorProto({ name: named.scales, type: "float32", shape: along, bytes: bytesOf(scales) }),
    ];
  });
  if (shrunk < all * minShare) return undefined;
  return create(ModelProtoSchema, {
    ...model,
    graph: create(GraphProtoSchema, { ...graph, initializer, node: [...nodes, ...graph.node] }),
  });
}

const bytesOf = ({ buffer }: { readonly buffer: ArrayBuffer }) => new Uint8Array(buffer);

/** The axis of the output channels of each value that is read as weights, and only so. */
function channelAxes(nodes: readonly NodeProto[]): Map<string, number> {
  const axes = new Map<string, number>();
  const others = new Set<string>();
  const visit = (node: NodeProto): void => {
    for (const [i, name] of node.input.entries()) {
      const axis = i === 1 ? channelAxis(node) : undefined;
      if (axis === undefined || (axes.get(name) ?? axis) !== axis) others.add(name);
      else axes.set(name, axis);
    }
    for (const graph of subgraphs(node)) graph.node.forEach(visit);
  };
  nodes.forEach(visit);
  for (const name of others) axes.delete(name);
  return axes;
}

/** Filters have their channels in front; of other weights, only matrices are taken. */
const fits = (shape: readonly number[], axis: number): boolean =>
  shape.length === 2 || (axis === 0 && shape.length > 2);

/** Counted from the front; of a matrix in MatMul, the last. */
function channelAxis(node: NodeProto): number | undefined {
  if (node.domain !== "" && node.domain !== "ai.onnx") return undefined;
  if (node.opType === "Conv") return 0;
  if (node.opType === "Gemm") return intAttribute(node, "transB", 0) === 1 ? 0 : 1;
  return node.opType === "MatMul" ? 1 : undefined;
}
