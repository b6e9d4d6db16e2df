/**
 * The int8 variant of a float32 graph: QuantizeLinear and DequantizeLinear around what onnxruntime
 * then fuses.
 */
import type { Attribute, Constant, ElementType, GraphNode } from "../graph.ts";
import type { OnnxModel } from "../read.ts";
import { planQuantization } from "./plan.ts";
import { quantizeWeights } from "./weights.ts";

/** What a value's float32 numbers lie between. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/**
 * Rewrites a float graph in QDQ form (onnxruntime's "Quantize ONNX models"): activations uint8 with
 * one scale, weights int8 with a scale for each output channel, biases int32. Standard operators
 * only: a runtime that fuses nothing computes the same in float.
 *
 * Jacob et al. 2018, "Quantization and Training of Neural Networks for Efficient
 * Integer-Arithmetic-Only Inference" (arXiv 1712.05877).
 *
 * @param ranges by name, for each value of the plan
 */
export function quantize(model: OnnxModel, ranges: ReadonlyMap<string, Range>): OnnxModel {
  const plan = planQuantization(model);
  const given = new Map(model.constants.map((constant) => [constant.name, constant]));
  const constants = new Map(given);
  const nodes: GraphNode[] = [];
  const add = (
    type: string,
    inputs: string[],
    output: string,
    attributes: Record<string, Attribute> = {},
  ) => {
    nodes.push({ type, inputs, outputs: [output], attributes });
    return output;
  };
  const store = (
    name: string,
    type: ElementType,
    shape: readonly number[],
    data: ArrayBufferView<ArrayBuffer>,
  ) => {
    constants.set(name, {
      name,
      type,
      shape,
      bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    });
    return name;
  };

  const grids = new Map<string, { scale: number; names: [string, string] }>();
  const grid = (value: string) => {
    const known = grids.get(value);
    if (known) return known;
    const { scale, zeroPoint } = activationGrid(ranges.get(value)!);
    const names: [string, string] = [
      store(`${value}/scale`, "float32", [], Float32Array.of(scale)),
      store(`${value}/zero_point`, "uint8", [], Uint8Array.of(zeroPoint)),
    ];
    const made = { scale, names };
    grids.set(value, made);
    return made;
  };
  /** Stores a float value as uint8 if the plan says so. */
  const keep = (value: string, float: string) => {
    if (!plan.values.has(value)) return;
    const { names } = grid(value);
    add("QuantizeLinear", [float, ...names], `${value}/quantized`);
    add("DequantizeLinear", [`${value}/quantized`, ...names], `${value}/dequantized`);
  };
  const read = (value: string) => (plan.values.has(value) ? `${value}/dequantized` : value);

  /** A constant's int8 stand-in, with the scales of its channels. */
  const weights = (constant: Constant, axis: number) => {
    const { values, scales } = quantizeWeights(constant, axis);
    const { name, shape } = constant;
    const quantized = store(`${name}/quantized`, "int8", shape, values);
    const scaleNames = store(`${name}/scale`, "float32", [scales.length], scales);
    const zeros = store(
      `${name}/zero_point`,
      "int8",
      [scales.length],
      new Int8Array(scales.length),
    );
    return {
      name: add("DequantizeLinear", [quantized, scaleNames, zeros], `${name}/dequantized`, {
        axis,
      }),
      scales,
    };
  };
  /** A bias in units of the sums that it is added to. */
  const bias = ({ name, bytes }: Constant, scaleOfInput: number, scales: Float32Array) => {
    const units = scales.map((scale) => scale * scaleOfInput);
    const values = Int32Array.from(new Float32Array(bytes.buffer), (each, i) =>
      Math.round(each / units[i]!),
    );
    const quantized = store(`${name}/quantized`, "int32", [values.length], values);
    const scaleName = store(`${name}/scale`, "float32", [values.length], units);
    return add("DequantizeLinear", [quantized, scaleName], `${name}/dequantized`, { axis: 0 });
  };

  for (const { name } of model.inputs) keep(name, name);
  for (const node of model.nodes) {
    const output = node.outputs[0]!;
    const [x, weight, offset] = node.inputs as [string, string, string?];
    if (plan.absorbed.get(x) === output) continue;
    if (!plan.nodes.has(node)) {
      nodes.push({ ...node, inputs: node.inputs.map(read) });
    } else if (node.type === "MaxPool") {
      // The largest of some numbers lies on their own grid.
      grids.set(output, grid(x));
      nodes.push({ ...node, inputs: [read(x)] });
    } else if (node.type === "Add") {
      nodes.push({ ...node, inputs: node.inputs.map(read) });
    } else {
      const constant = given.get(weight)!;
      const axis =
        node.type === "Conv" || node.attributes.transB === 1 ? 0 : constant.shape.length - 1;
      const { name, scales } = weights(constant, axis);
      const third = offset === undefined ? [] : [bias(given.get(offset)!, grid(x).scale, scales)];
      nodes.push({ ...node, inputs: [read(x), name, ...third] });
    }
    keep(plan.absorbed.get(output) ?? output, output);
  }
  return { ...model, nodes, constants: [...constants.values()] };
}

/**
 * The 256 numbers that a value may take: (q - zeroPoint) * scale. 0 is one of them, so that padding
 * is exact.
 */
export function activationGrid({ low, high }: Range): { scale: number; zeroPoint: number } {
  const [from, to] = [Math.min(0, low), Math.max(0, high)];
  const scale = (to - from) / 255 || 1;
  return { scale, zeroPoint: Math.round(-from / scale) };
}
