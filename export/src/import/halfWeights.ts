/** Stores an encoder's weights in half precision, for half the download. */
import { create } from "@bufbuild/protobuf";
import { encodeFloat16 } from "@plumage/models";
import {
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  TensorProto_DataType,
  TensorProtoSchema,
} from "onnx-buf";
import { floatConstant } from "./plainGraph.ts";
import { castNode } from "./wrap.ts";

/** Smaller tensors, such as scales and shapes, keep their precision. */
const minElements = 256;
/** The largest half float. */
const maxHalf = 65_504;
/** The least share of the weights that must shrink for a second file to be worth it. */
const minShare = 0.5;

/**
 * Rounds large float32 weights to half floats, each followed by a Cast to float32. onnxruntime
 * computes the casts once, when it loads the file, so the encoder computes as before and runs on
 * any device: unlike a graph that computes in half precision, it cannot overflow.
 *
 * @returns undefined if most weights are not float32
 */
export function withHalfWeights(model: ModelProto): ModelProto | undefined {
  const graph = model.graph!;
  const casts: NodeProto[] = [];
  let halved = 0;
  let all = 0;
  const initializer = graph.initializer.map((tensor) => {
    all += tensor.rawData.length || tensor.floatData.length * 4;
    const constant = floatConstant(tensor.name, tensor);
    const values = constant && new Float32Array(constant.bytes.buffer);
    if (!values || values.length < minElements) return tensor;
    if (values.some((value) => Math.abs(value) > maxHalf)) return tensor;
    halved += values.length * 4;
    const name = `import/half/${tensor.name}`;
    casts.push(castNode(name, tensor.name, "float32"));
    return create(TensorProtoSchema, {
      name,
      dims: tensor.dims,
      dataType: TensorProto_DataType.FLOAT16,
      rawData: encodeFloat16(values),
    });
  });
  if (halved < all * minShare) return undefined;
  return create(ModelProtoSchema, {
    ...model,
    graph: create(GraphProtoSchema, { ...graph, initializer, node: [...casts, ...graph.node] }),
  });
}
