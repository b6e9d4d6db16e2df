/** Chooses the nodes of a float graph that compute in 8 bits, and the values stored as uint8. */
import type { Constant, GraphNode } from "../graph.ts";
import type { OnnxModel } from "../model.ts";

/** What quantize() changes in a graph. */
export interface QuantizationPlan {
  /** Nodes that compute in 8 bits. */
  readonly nodes: ReadonlySet<GraphNode>;
  /** Names of values that are stored as uint8. */
  readonly values: ReadonlySet<string>;
  /**
   * Maps a node's output to the output of the Relu or Clip that follows it, which is dropped:
   * quantizing to the observed range, with a zero point of 0, saturates at the same limits.
   */
  readonly absorbed: ReadonlyMap<string, string>;
}

/**
 * Chooses convolutions and matrix products by constants, and the sums, max pools and pads between
 * them.
 * Values that no such node reads stay float, so the last residual sum keeps its precision for the
 * pooling after it. A matrix product outputs float, since it accumulates in 32 bits anyway.
 */
export function planQuantization({ nodes, constants }: OnnxModel): QuantizationPlan {
  const constant = new Map(constants.map((each) => [each.name, each]));
  const consumers = new Map<string, GraphNode[]>();
  for (const node of nodes) {
    for (const input of new Set(node.inputs))
      consumers.set(input, [...(consumers.get(input) ?? []), node]);
  }
  const absorbed = new Map<string, string>();
  for (const { type, outputs } of nodes) {
    const [next, ...others] = consumers.get(outputs[0]!) ?? [];
    if (
      (type === "Conv" || type === "Add") &&
      next &&
      others.length === 0 &&
      cutsOffAtZero(next, constant)
    ) {
      absorbed.set(outputs[0]!, next.outputs[0]!);
    }
  }

  const chosen = new Set<GraphNode>();
  const values = new Set<string>();
  for (const node of nodes.toReversed()) {
    const [x, y] = node.inputs as [string, string];
    const output = absorbed.get(node.outputs[0]!) ?? node.outputs[0]!;
    const byConstant = !constant.has(x) && constant.has(y);
    if (node.type === "Conv" && byConstant) {
      values.add(output).add(x);
    } else if ((node.type === "Gemm" || node.type === "MatMul") && byConstant) {
      values.add(x);
    } else if (node.type === "Add" && !constant.has(x) && !constant.has(y) && values.has(output)) {
      values.add(x).add(y);
    } else if (keepsGrid(node, constant) && values.has(output)) {
      values.add(x);
    } else continue;
    chosen.add(node);
  }
  // Keep the Relu after a node that stays float.
  const outputs = new Set([...chosen].map((node) => node.outputs[0]!));
  for (const [before] of absorbed) if (!outputs.has(before)) absorbed.delete(before);
  return { nodes: chosen, values, absorbed };
}

/** Whether each element of the output is one of the input, or zero. */
function keepsGrid(
  { type, inputs, attributes }: GraphNode,
  constants: ReadonlyMap<string, Constant>,
): boolean {
  if (type !== "Pad") return type === "MaxPool";
  const { mode = "constant" } = attributes;
  const value = constants.get(inputs[2] ?? "");
  const isZero = value && new Float32Array(value.bytes.buffer)[0] === 0;
  return mode === "constant" && (isZero || !inputs[2]);
}

function cutsOffAtZero(
  { type, inputs }: GraphNode,
  constants: ReadonlyMap<string, Constant>,
): boolean {
  const low = constants.get(inputs[1] ?? "");
  return (
    type === "Relu" ||
    (type === "Clip" && low !== undefined && new Float32Array(low.bytes.buffer)[0] === 0)
  );
}
