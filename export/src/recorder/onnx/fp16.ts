/** Converts a float32 graph to mixed precision: matrix products in fp16, statistics in fp32. */
import { encodeFloat16 } from "@plumage/models";
import { type Constant, elementTypes, type GraphNode } from "./graph.ts";
import type { OnnxModel } from "./model.ts";

/** Always computed in fp16: they hold nearly all of the weights and the work. */
const heavy = new Set(["Conv", "Gemm", "MatMul"]);
/** Computed in fp16 if their operands are fp16 already: they do not accumulate. */
const light = new Set(["Relu", "MaxPool", "Add"]);

/**
 * Computes products in fp16 and inserts a Cast wherever a value changes precision. Sums over many
 * values (pooling, norms) and powers stay in float32, since fp16 could overflow or lose precision
 * there. Inputs and outputs keep their types.
 *
 * @param model with float32 weights and intermediate values
 */
export function toFp16(model: OnnxModel): OnnxModel {
  const constants = new Map(model.constants.map((constant) => [constant.name, constant]));
  const halves = new Map<string, Constant>();
  const nodes: GraphNode[] = [];
  const inHalf = new Set<string>();
  const casts = new Set<string>();

  const cast = (value: string, type: "float16" | "float32"): string => {
    const name = `${value}/${type}`;
    if (!casts.has(name)) {
      nodes.push({
        type: "Cast",
        inputs: [value],
        outputs: [name],
        attributes: { to: elementTypes[type] },
      });
      casts.add(name);
    }
    return name;
  };
  const asHalf = (value: string): string => {
    const constant = constants.get(value);
    if (!constant) return inHalf.has(value) ? value : cast(value, "float16");
    if (!halves.has(value)) {
      const bytes = encodeFloat16(new Float32Array(constant.bytes.buffer));
      halves.set(value, { ...constant, name: `${value}/float16`, type: "float16", bytes });
    }
    return halves.get(value)!.name;
  };

  for (const node of model.nodes) {
    const operands = node.inputs.filter((input) => !constants.has(input));
    const half =
      heavy.has(node.type) ||
      (light.has(node.type) && operands.every((input) => inHalf.has(input)));
    if (half) for (const output of node.outputs) inHalf.add(output);
    const inputs = node.inputs.map((input) =>
      half ? asHalf(input) : inHalf.has(input) ? cast(input, "float32") : input,
    );
    nodes.push({ ...node, inputs });
  }
  return { ...model, nodes, constants: [...constants.values(), ...halves.values()] };
}
