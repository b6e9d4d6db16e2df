/** Which nodes of a float graph compute in 8 bits, and which values are stored so. */
import type { Constant, GraphNode } from "../graph.ts";
import type { OnnxModel } from "../read.ts";

export interface QuantizationPlan {
  readonly nodes: ReadonlySet<GraphNode>;
  /** Values that are stored as uint8, by name. */
  readonly values: ReadonlySet<string>;
  /**
   * A node's output to that of the Relu or Clip behind it. The grid of uint8 stands for that: with
   * a zero point of 0 and an observed range that ends where the Clip does, what lies outside is cut
   * off by rounding.
   */
  readonly absorbed: ReadonlyMap<string, string>;
}

/**
 * Convolutions and matrix products by constants, and what stands between them: sums of two values
 * and max pooling. What no such node reads again stays float, so the last sum keeps its precision
 * for the pooling behind it; a product's output is float because its 32-bit sum is at hand anyway.
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
    } else if (node.type === "MaxPool" && values.has(output)) {
      values.add(x);
    } else continue;
    chosen.add(node);
  }
  // A Relu behind a node that stays float stays, too.
  const outputs = new Set([...chosen].map((node) => node.outputs[0]!));
  for (const [before] of absorbed) if (!outputs.has(before)) absorbed.delete(before);
  return { nodes: chosen, values, absorbed };
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
