/** Makes a recorded graph readable in a viewer: constants in final shape, descriptive names. */
import type { Constant, GraphNode } from "./graph.ts";
import type { OnnxModel } from "./model.ts";

/** Applies all passes of this file. The model's outputs do not change. */
export const tidy = (model: OnnxModel): OnnxModel =>
  nameConstants(nameByParameters(foldConstants(model)));

/** Operators on constants that are computed ahead of time. */
const folds: Readonly<
  Record<string, (data: Constant, node: GraphNode, shape?: Constant) => Constant>
> = {
  Reshape: (data, _, shape) => reshaped(data, shape!),
  Transpose: (data, { attributes }) => transposed(data, attributes.perm as readonly number[]),
};

/** Folds reshapes and transposes of constants into the constants. */
export function foldConstants(model: OnnxModel): OnnxModel {
  const constants = new Map(model.constants.map((constant) => [constant.name, constant]));
  const uses = new Map<string, number>();
  for (const { inputs } of model.nodes)
    for (const input of inputs) uses.set(input, (uses.get(input) ?? 0) + 1);
  const replaced = new Map<string, string>();
  const nodes: GraphNode[] = [];
  for (const node of renameInputs(model.nodes, replaced)) {
    const operands = node.inputs.map((input) => constants.get(input));
    const fold = operands.every((operand) => operand !== undefined) ? folds[node.type] : undefined;
    if (!fold) {
      nodes.push(node);
      continue;
    }
    const folded = fold(operands[0]!, node, operands[1]);
    const output = node.outputs[0]!;
    // Keep a parameter's name if nothing else reads the original.
    const name = uses.get(folded.name) === 1 ? folded.name : output;
    constants.set(name, { ...folded, name });
    replaced.set(output, name);
    uses.set(name, uses.get(output) ?? 0);
  }
  return { ...model, constants: [...constants.values()], nodes };
}

function reshaped(data: Constant, target: Constant): Constant {
  const sizes = Array.from(new BigInt64Array(target.bytes.buffer), Number);
  const size = data.shape.reduce((product, each) => product * each, 1);
  // ONNX's Reshape: 0 copies the size at this axis, -1 is inferred.
  const copied = sizes.map((each, axis) => (each === 0 ? data.shape[axis]! : each));
  const known = copied.reduce((product, each) => (each === -1 ? product : product * each), 1);
  return { ...data, shape: copied.map((each) => (each === -1 ? size / known : each)) };
}

/** @param perm the old axis at each new position */
function transposed({ shape, bytes, ...rest }: Constant, perm: readonly number[]): Constant {
  const count = shape.reduce((product, size) => product * size, 1);
  const width = bytes.length / count;
  const strides = shape.map((_, axis) =>
    shape.slice(axis + 1).reduce((product, size) => product * size, 1),
  );
  const newShape = perm.map((axis) => shape[axis]!);
  const place = perm.map(() => 0);
  const moved = new Uint8Array(bytes.length);
  for (let to = 0; to < count; to++) {
    const from = place.reduce((sum, at, i) => sum + at * strides[perm[i]!]!, 0);
    for (let byte = 0; byte < width; byte++) moved[to * width + byte] = bytes[from * width + byte]!;
    for (let axis = place.length - 1; axis >= 0 && ++place[axis]! === newShape[axis]; axis--)
      place[axis] = 0;
  }
  return { ...rest, shape: newShape, bytes: moved };
}

/**
 * Names each value after the parameter it was last computed with: `layer1.0.conv1`, then
 * `layer1.0.conv1/Relu`. Values before the first parameter are named after the input
 * (`images/Cast`), values after a Concat of branches after the output (`embeddings/Concat`).
 */
export function nameByParameters(model: OnnxModel): OnnxModel {
  const parameters = new Set(
    model.constants.flatMap(({ name }) =>
      name.endsWith(".weight") || name.endsWith(".bias") ? [name] : [],
    ),
  );
  const reserved = new Set([...model.inputs, ...model.outputs].map(({ name }) => name));
  const places = new Map(model.inputs.map(({ name }) => [name, name]));
  const names = new Map<string, string>();
  const taken = new Set([...reserved, ...model.constants.map(({ name }) => name)]);
  for (const { type, inputs, outputs } of model.nodes) {
    const parameter = inputs.find((input) => parameters.has(input));
    const place =
      type === "Concat" && new Set(inputs.map((input) => places.get(input))).size > 1
        ? model.outputs[0]!.name
        : (parameter?.slice(0, parameter.lastIndexOf(".")) ??
          inputs.map((input) => places.get(input)).find((each) => each !== undefined));
    for (const output of outputs) {
      if (place) places.set(output, place);
      if (reserved.has(output)) continue;
      const plain = parameter && !taken.has(place!) ? place! : place ? `${place}/${type}` : type;
      const name = firstFree(plain, taken);
      taken.add(name);
      names.set(output, name);
    }
  }
  const nodes = Array.from(renameInputs(model.nodes, names), (node) => ({
    ...node,
    outputs: node.outputs.map((output) => names.get(output) ?? output),
  }));
  return { ...model, nodes };
}

/** Names each anonymous constant after the first node that reads it: `images/Mul/constant`. */
export function nameConstants(model: OnnxModel): OnnxModel {
  const nameless = new Set(
    model.constants.flatMap(({ name }) => (/^Constant_\d+$/.test(name) ? [name] : [])),
  );
  const taken = new Set([
    ...model.constants.map(({ name }) => name),
    ...model.nodes.flatMap(({ outputs }) => outputs),
  ]);
  const names = new Map<string, string>();
  for (const { inputs, outputs } of model.nodes) {
    for (const input of inputs) {
      if (!nameless.has(input) || names.has(input)) continue;
      const name = firstFree(`${outputs[0]}/constant`, taken);
      taken.add(name);
      names.set(input, name);
    }
  }
  return {
    ...model,
    constants: model.constants.map((constant) => ({
      ...constant,
      name: names.get(constant.name) ?? constant.name,
    })),
    nodes: [...renameInputs(model.nodes, names)],
  };
}

function firstFree(plain: string, taken: ReadonlySet<string>): string {
  let name = plain;
  for (let number = 2; taken.has(name); number++) name = `${plain}_${number}`;
  return name;
}

/** Renames lazily, node by node, so that the caller may add names while it iterates. */
function* renameInputs(
  nodes: readonly GraphNode[],
  names: ReadonlyMap<string, string>,
): Generator<GraphNode> {
  for (const node of nodes)
    yield { ...node, inputs: node.inputs.map((input) => names.get(input) ?? input) };
}
