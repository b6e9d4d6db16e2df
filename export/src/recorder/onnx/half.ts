/**
 * The fp16 variant of a float32 graph: heavy operators in half floats, statistics in single ones,
 * same inputs and outputs.
 */
import { encodeFloat16 } from "@plumage/models";
import { type Constant, elementTypes, type GraphNode } from "./graph.ts";
import type { OnnxModel } from "./read.ts";

/**
 * Computed in half floats wherever they stand: they hold nearly all weights and nearly all of the
 * work.
 */
const heavy = new Set(["Conv", "Gemm", "MatMul"]);
/** Computed in half floats where their operands are already: they neither sum nor multiply. */
const light = new Set(["Relu", "MaxPool", "Add"]);

/**
 * Sums over many values (pooling, norms) and powers stay in float32, where neither their range nor
 * their precision is in danger; a Cast stands wherever a value crosses over.
 *
 * @param model float32 inside, whatever its inputs and outputs are
 */
export function toHalf(model: OnnxModel): OnnxModel {
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
