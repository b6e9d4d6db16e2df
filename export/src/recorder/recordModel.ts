/** recordModel: any function of tfjs tensors, written down as an ONNX model. */
import { PlumageError } from "@plumage/models";
import * as tf from "@tensorflow/tfjs-core";
import { record } from "./backend.ts";
import type { ElementType } from "./onnx/graph.ts";
import { type Port, writeOnnx } from "./onnx/write.ts";
import { type Layout, physicalShape } from "./record/layout.ts";

export interface InputSpec {
  /** Sizes in tfjs's axis order; a string such as "N" is symbolic. */
  readonly shape: readonly (number | string)[];
  /** Element type of the ONNX input; uint8 is seen by the function as int32. */
  readonly type: "float32" | "int32" | "uint8" | "bool";
  /** Physical axis order of the ONNX input: "oihw" for a filter that the function sees as HWIO. */
  readonly layout?: Layout;
  /** With data (in physical order) the input becomes a constant of the model: an initializer. */
  readonly data?: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>;
}

export interface RecordOptions {
  /** Name of the graph. */
  readonly name: string;
  /** Key-value pairs for the file's metadata. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Physical layout of rank-4 outputs, by name; tfjs's own order where not given. */
  readonly outputLayouts?: Readonly<Record<string, Layout>>;
  /**
   * Outputs that may have any shape of as many numbers in the same order, where that saves a copy;
   * the port tells it.
   */
  readonly anyShape?: readonly string[];
}

export interface RecordedModel {
  /** The ONNX file. */
  readonly bytes: Uint8Array;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** Nodes in the file. */
  readonly nodes: number;
}

/**
 * Records a function of tfjs tensors as an ONNX model (opset 17, standard operators only).
 *
 * The function is called once, on a tfjs backend whose kernels write nodes down instead of
 * computing, so it may use any kernel of the lowering table, tf.grads and tf.variableGrads
 * included; it must not read a tensor's values.
 *
 * @param fn from named inputs to named outputs
 * @param inputs the inputs in order; those with data become initializers
 * @returns the file, and its inputs and outputs in order (inputs that nothing uses are left out)
 * @throws PlumageError "unsupported" that names a kernel without lowering, or a kernel whose output
 * was read
 * @example const { bytes } = recordModel(({ x }) => ({ y: tf.relu(x) }), { x: { shape: ["N", 8],
 * type: "float32" } }, { name: "relu" });
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
      const asked = {
        name: recording.inLayout(operand, layout),
        shape: physicalShape(tensor.shape, layout),
      };
      const made = recording.beforeReshapes(asked.name);
      const { name: value, shape } =
        options.anyShape?.includes(name) && made.shape
          ? { name: made.name, shape: made.shape }
          : asked;
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
  return { ...writeOnnx(recording.graph, { ...options, inputs: ports, outputs }), outputs };
}

const physicalDims = (spec: InputSpec): (number | string)[] =>
  physicalShape(spec.shape as readonly number[], spec.layout) as (number | string)[];
