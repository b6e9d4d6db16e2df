/** Records a function of tfjs tensors as an ONNX model. */
import { PlumageError } from "@plumage/models";
import * as tf from "@tensorflow/tfjs-core";
import { record } from "./backend.ts";
import type { ElementType } from "./onnx/graph.ts";
import { type Port, serializeGraph } from "./onnx/serialize.ts";
import { type Layout, physicalShape } from "./record/layout.ts";

/** Shape, type and layout of one input of a recording. */
export interface InputSpec {
  /** Sizes in tfjs's axis order. A string such as "N" is a symbolic size. */
  readonly shape: readonly (number | string)[];
  /** Element type of the ONNX input. The function sees uint8 as int32. */
  readonly type: "float32" | "int32" | "uint8" | "bool";
  /**
   * Axis order of the ONNX input where it differs from tfjs's: with "oihw" the input is OIHW while
   * the function sees an HWIO filter. Rank 4 only.
   */
  readonly layout?: Layout;
  /** Makes the input an initializer with these values, in the order that `layout` gives. */
  readonly data?: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>;
}

/** Name, metadata and output options of a recording. */
export interface RecordOptions {
  /** Name of the ONNX graph. */
  readonly name: string;
  /** Written to the file's metadata_props. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Axis order of rank-4 outputs, by name. Default: tfjs's. */
  readonly outputLayouts?: Readonly<Record<string, Layout>>;
  /**
   * Outputs that may drop their final reshape to save a copy: same values, same order, another
   * shape. The returned port has the actual shape.
   */
  readonly anyShape?: readonly string[];
}

/** A recorded ONNX model, with its actual inputs and outputs. */
export interface RecordedModel {
  /** The ONNX file. */
  readonly bytes: Uint8Array;
  /** Inputs that some output depends on, in the order given. Initializers are not among them. */
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** Number of nodes in the file. */
  readonly nodes: number;
}

/**
 * Records a function of tfjs tensors as an ONNX model (opset 17, standard operators only).
 *
 * Calls `fn` once, on a tfjs backend whose kernels append ONNX nodes instead of computing. `fn` may
 * use every kernel in the lowering table, and tf.grads, whose gradients are made of kernels too. It
 * must not read a tensor's values: nothing has been computed yet.
 *
 * @param fn maps named input tensors to named output tensors
 * @param inputs the inputs in order; those with `data` become initializers
 * @throws PlumageError "unsupported" if `fn` uses a kernel that has no lowering, reads a tensor, or
 * needs a symbolic size as a number
 * @throws PlumageError "bad-input" if an output has the name of an input
 * @example
 * const { bytes } = recordModel(
 *   ({ x }) => ({ y: tf.relu(x) }),
 *   { x: { shape: ["N", 8], type: "float32" } },
 *   { name: "relu" },
 * );
 */
export function recordModel(
  fn: (inputs: Record<string, tf.Tensor>) => Record<string, tf.Tensor>,
  inputs: Readonly<Record<string, InputSpec>>,
  options: RecordOptions,
): RecordedModel {
  const { recording, value: outputs } = record((recording) => {
    const tensors = Object.entries(inputs).map(([name, spec]) => {
      const shape = spec.shape.map((size) =>
        typeof size === "string" ? recording.symbols.size(size) : size,
      );
      const dtype = spec.type === "uint8" ? "int32" : spec.type;
      if (spec.data) {
        const bytes = new Uint8Array(spec.data.buffer, spec.data.byteOffset, spec.data.byteLength);
        recording.graph.namedConstant({
          name,
          type: spec.type,
          shape: physicalShape(shape, spec.layout),
          bytes,
        });
      }
      const info = recording.result("Input", name, shape, dtype, spec.layout, spec.type);
      return [name, tf.engine().makeTensorFromTensorInfo(info)] as const;
    });
    const results = fn(Object.fromEntries(tensors));
    return Object.entries(results).map(([name, tensor]): Port => {
      const operand = recording.operand(tensor);
      const layout = options.outputLayouts?.[name];
      if (inputs[name])
        throw new PlumageError(
          "bad-input",
          `"${name}" is both an input and an output of the recorded function`,
        );
      const requested = {
        name: recording.inLayout(operand, layout),
        shape: physicalShape(tensor.shape, layout),
      };
      const origin = recording.beforeReshapes(requested.name);
      const { name: value, shape } =
        options.anyShape?.includes(name) && origin.shape
          ? { name: origin.name, shape: origin.shape }
          : requested;
      recording.graph.nodes.push({
        type: "Identity",
        inputs: [value],
        outputs: [name],
        attributes: {},
      });
      return {
        name,
        type: operand.type,
        shape: shape.map((size) => recording.symbols.describe(size)),
      };
    });
  });
  const ports = Object.entries(inputs)
    .filter(([, spec]) => !spec.data)
    .map(
      ([name, spec]): Port => ({ name, type: spec.type as ElementType, shape: physicalDims(spec) }),
    );
  return { ...serializeGraph(recording.graph, { ...options, inputs: ports, outputs }), outputs };
}

const physicalDims = (spec: InputSpec): (number | string)[] =>
  physicalShape(spec.shape as readonly number[], spec.layout) as (number | string)[];
