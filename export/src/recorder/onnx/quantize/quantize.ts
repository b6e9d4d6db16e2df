/** Converts a float32 graph to int8 in QDQ form, which onnxruntime fuses into 8-bit kernels. */
import type { Attribute, Constant, ElementType, GraphNode } from "../graph.ts";
import type { OnnxModel } from "../model.ts";
import type { QuantizationPlan } from "./plan.ts";
import { quantizeWeights } from "./weights.ts";

/** The smallest and largest element of a float32 value. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/**
 * Inserts QuantizeLinear and DequantizeLinear (QDQ form, as in onnxruntime's "Quantize ONNX
 * models"). Activations become uint8 with one scale, weights int8 with a scale per output channel,
 * biases int32. All operators are standard, so a runtime that fuses nothing computes the same in
 * float.
 *
 * Jacob et al. 2018, "Quantization and Training of Neural Networks for Efficient
 * Integer-Arithmetic-Only Inference" (arXiv 1712.05877).
 *
 * @param plan of the model (planQuantization)
 * @param ranges of each value in the plan, by name
 */
export function quantize(
  model: OnnxModel,
  plan: QuantizationPlan,
  ranges: ReadonlyMap<string, Range>,
): OnnxModel {
  const given = new Map(model.constants.map((constant) => [constant.name, constant]));
  const out = new QdqGraph(model, plan, ranges);
  for (const { name } of model.inputs) out.storeQuantized(name, name);
  for (const node of model.nodes) {
    const output = node.outputs[0]!;
    const [x, weight, bias] = node.inputs as [string, string, string?];
    if (plan.absorbed.get(x) === output) continue;
    if (plan.nodes.has(node) && node.type === "Pad") {
      out.pad(node);
      continue;
    }
    if (!plan.nodes.has(node) || node.type === "Add") {
      out.nodes.push({ ...node, inputs: node.inputs.map((input) => out.read(input)) });
    } else if (node.type === "MaxPool") {
      // A maximum is one of the inputs, so the grid stays the same.
      out.shareGrid(x, output);
      out.nodes.push({ ...node, inputs: [out.read(x)] });
    } else {
      const constant = given.get(weight)!;
      const axis =
        node.type === "Conv" || node.attributes.transB === 1 ? 0 : constant.shape.length - 1;
      const { name, scales } = out.quantizeWeight(constant, axis);
      const third = bias === undefined ? [] : [out.quantizeBias(given.get(bias)!, x, scales)];
      out.nodes.push({ ...node, inputs: [out.read(x), name, ...third] });
    }
    for (const each of node.outputs) out.storeQuantized(plan.absorbed.get(each) ?? each, each);
  }
  return { ...model, nodes: out.nodes, constants: [...out.constants.values()] };
}

/** The graph that quantize() writes. */
class QdqGraph {
  readonly nodes: GraphNode[] = [];
  readonly constants: Map<string, Constant>;
  readonly #plan: QuantizationPlan;
  readonly #ranges: ReadonlyMap<string, Range>;
  readonly #grids = new Map<string, Grid>();

  constructor(model: OnnxModel, plan: QuantizationPlan, ranges: ReadonlyMap<string, Range>) {
    this.constants = new Map(model.constants.map((constant) => [constant.name, constant]));
    this.#plan = plan;
    this.#ranges = ranges;
  }

  /** Name under which a value is read: dequantized if the plan stores it as uint8. */
  read(value: string): string {
    return this.#plan.values.has(value) ? `${value}/dequantized` : value;
  }

  /** Quantizes a float value if the plan stores it as uint8. @param float its name in the graph */
  storeQuantized(value: string, float: string): void {
    if (!this.#plan.values.has(value)) return;
    const { names } = this.#grid(value);
    this.#add("QuantizeLinear", [float, ...names], `${value}/quantized`);
    this.#add("DequantizeLinear", [`${value}/quantized`, ...names], `${value}/dequantized`);
  }

  /** Gives a value the grid of another. */
  shareGrid(from: string, to: string): void {
    this.#grids.set(to, this.#grid(from));
  }

  /** Pads with zeros in 8 bits: onnxruntime would pad a dequantized value in float. */
  pad(node: GraphNode): void {
    const [x, pads, , ...axes] = node.inputs as [string, string, ...string[]];
    const output = node.outputs[0]!;
    this.shareGrid(x, output);
    const { names } = this.#grid(x);
    const inputs = [`${x}/quantized`, pads, names[1], ...axes];
    this.nodes.push({ ...node, inputs, outputs: [`${output}/quantized`] });
    this.#add("DequantizeLinear", [`${output}/quantized`, ...names], `${output}/dequantized`);
  }

  /** Quantizes a weight per output channel. @param axis the axis of the output channels */
  quantizeWeight(weight: Constant, axis: number): { name: string; scales: Float32Array } {
    const { values, scales } = quantizeWeights(weight, axis);
    const { name, shape } = weight;
    const channels = [scales.length];
    const quantized = this.#store(`${name}/quantized`, "int8", shape, values);
    const scale = this.#store(`${name}/scale`, "float32", channels, scales);
    const zeros = new Int8Array(scales.length);
    const zeroPoint = this.#store(`${name}/zero_point`, "int8", channels, zeros);
    const inputs = [quantized, scale, zeroPoint];
    return { name: this.#add("DequantizeLinear", inputs, `${name}/dequantized`, { axis }), scales };
  }

  /**
   * Quantizes a bias in the unit of the int32 accumulator: the input's scale times the weight's.
   *
   * @param input name of the node's input
   * @param scales of the weight's channels
   */
  quantizeBias({ name, bytes }: Constant, input: string, scales: Float32Array): string {
    const inputScale = this.#grid(input).scale;
    const units = scales.map((scale) => scale * inputScale) as Float32Array<ArrayBuffer>;
    const values = Int32Array.from(new Float32Array(bytes.buffer), (each, i) =>
      Math.round(each / units[i]!),
    );
    const quantized = this.#store(`${name}/quantized`, "int32", [values.length], values);
    const scale = this.#store(`${name}/scale`, "float32", [values.length], units);
    return this.#add("DequantizeLinear", [quantized, scale], `${name}/dequantized`, { axis: 0 });
  }

  #grid(value: string): Grid {
    const known = this.#grids.get(value);
    if (known) return known;
    const { scale, zeroPoint } = activationGrid(this.#ranges.get(value)!);
    const names: [string, string] = [
      this.#store(`${value}/scale`, "float32", [], Float32Array.of(scale)),
      this.#store(`${value}/zero_point`, "uint8", [], Uint8Array.of(zeroPoint)),
    ];
    const grid = { scale, names };
    this.#grids.set(value, grid);
    return grid;
  }

  #add(
    type: string,
    inputs: string[],
    output: string,
    attributes: Record<string, Attribute> = {},
  ): string {
    this.nodes.push({ type, inputs, outputs: [output], attributes });
    return output;
  }

  #store(
    name: string,
    type: ElementType,
    shape: readonly number[],
    data: ArrayBufferView<ArrayBuffer>,
  ): string {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.constants.set(name, { name, type, shape, bytes });
    return name;
  }
}

/** A value's uint8 grid. */
interface Grid {
  readonly scale: number;
  /** Names of the constants with its scale and zero point. */
  readonly names: readonly [string, string];
}

/**
 * The uint8 grid for a range: q stands for (q - zeroPoint) * scale. Zero is on the grid, so padding
 * is exact.
 */
export function activationGrid({ low, high }: Range): { scale: number; zeroPoint: number } {
  const [from, to] = [Math.min(0, low), Math.max(0, high)];
  const scale = (to - from) / 255 || 1;
  return { scale, zeroPoint: Math.round(-from / scale) };
}
