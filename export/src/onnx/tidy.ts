/** Makes a recorded graph fit to be read: constants in their final shapes, and names that say where a value belongs. */
import type { Constant, GraphNode } from "./graph.ts";
import type { OnnxModel } from "./read.ts";

/** Both steps; the values that the model gives are the same. */
export const tidy = (model: OnnxModel): OnnxModel => nameByParameters(foldReshapes(model));

/** Drops the reshapes of constants by shaping the constants themselves, where no other shape is asked of them. */
export function foldReshapes(model: OnnxModel): OnnxModel {
  const constants = new Map(model.constants.map((constant) => [constant.name, constant]));
  const replaced = new Map<string, string>();
  const nodes: GraphNode[] = [];
  for (const node of model.nodes) {
    const [data, shape] = node.inputs.map((input) => constants.get(input));
    const folded = node.type === "Reshape" && data && shape ? reshaped(data, shape) : undefined;
    const users = folded && model.nodes.filter(({ inputs }) => inputs.includes(data!.name)).length;
    if (folded && (users === 1 || String(folded.shape) === String(data!.shape))) {
      constants.set(folded.name, folded);
      replaced.set(node.outputs[0]!, folded.name);
    } else nodes.push(node);
  }
  return { ...model, constants: [...constants.values()], nodes: renameInputs(nodes, replaced) };
}

function reshaped(data: Constant, target: Constant): Constant {
  const sizes = Array.from(new BigInt64Array(target.bytes.buffer), Number);
  const size = data.shape.reduce((product, each) => product * each, 1);
  // ONNX: 0 keeps the size at its place, -1 takes what is left.
  const kept = sizes.map((each, axis) => (each === 0 ? data.shape[axis]! : each));
  const known = kept.reduce((product, each) => (each === -1 ? product : product * each), 1);
  return { ...data, shape: kept.map((each) => (each === -1 ? size / known : each)) };
}

/**
 * Names every value after the parameter that it was last computed with: `layer1.0.conv1`, then `layer1.0.conv1/Relu`. What
 * comes before the first parameter is named after its operator alone.
 */
export function nameByParameters(model: OnnxModel): OnnxModel {
  const parameters = new Set(
    model.constants.flatMap(({ name }) => (name.endsWith(".weight") || name.endsWith(".bias") ? [name] : [])),
  );
  const kept = new Set([...model.inputs, ...model.outputs].map(({ name }) => name));
  const places = new Map<string, string>();
  const names = new Map<string, string>();
  const taken = new Set([...kept, ...model.constants.map(({ name }) => name)]);
  for (const { type, inputs, outputs } of model.nodes) {
    const parameter = inputs.find((input) => parameters.has(input));
    const place = parameter
      ? parameter.slice(0, parameter.lastIndexOf("."))
      : inputs.map((input) => places.get(input)).find((each) => each !== undefined);
    for (const output of outputs) {
      if (place) places.set(output, place);
      if (kept.has(output)) continue;
      const plain = parameter && !taken.has(place!) ? place! : place ? `${place}/${type}` : type;
      let name = plain;
      for (let number = 2; taken.has(name); number++) name = `${plain}_${number}`;
      taken.add(name);
      names.set(output, name);
    }
  }
  const nodes = renameInputs(model.nodes, names).map((node) => ({
    ...node,
    outputs: node.outputs.map((output) => names.get(output) ?? output),
  }));
  return { ...model, nodes };
}

const renameInputs = (nodes: readonly GraphNode[], names: ReadonlyMap<string, string>): GraphNode[] =>
  nodes.map((node) => ({ ...node, inputs: node.inputs.map((input) => names.get(input) ?? input) }));
