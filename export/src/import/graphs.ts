/** Edits graphs that other tools wrote: names, and what an output depends on. */
import { create } from "@bufbuild/protobuf";
import { type AttributeProto, type GraphProto, GraphProtoSchema, type NodeProto } from "onnx-buf";

/** A changed copy. A spread alone loses the defaults of absent fields: they are inherited. */
export const changed = <T extends object>(message: T, changes: Partial<T>): T =>
  Object.assign(Object.create(Object.getPrototypeOf(message)), message, changes);

/** The graphs in a node's attributes: branches and loop bodies. */
export const subgraphs = ({ attribute }: NodeProto): GraphProto[] =>
  attribute.flatMap(({ g, graphs }) => (g ? [g, ...graphs] : graphs));

/** Names of all values that nodes compute, in the order of the graph; not those of subgraphs. */
export const computedValues = ({ node }: GraphProto): string[] =>
  node.flatMap(({ output }) => output.filter((name) => name !== ""));

/** The values that a node reads; also what its subgraphs read of the graph around them. */
const reads = (node: NodeProto): string[] => [
  ...node.input,
  ...subgraphs(node).flatMap(({ node: inner, output }) => [
    ...inner.flatMap(reads),
    ...output.map(({ name }) => name),
  ]),
];

/** Keeps the nodes and weights that a value depends on. Drops stated shapes: they fix the batch. */
export function reaching(graph: GraphProto, value: string): GraphProto {
  const used = new Set([value]);
  const node = graph.node.toReversed().filter((each) => {
    if (!each.output.some((output) => used.has(output))) return false;
    for (const input of reads(each)) used.add(input);
    return true;
  });
  return create(GraphProtoSchema, {
    ...graph,
    node: node.reverse(),
    initializer: graph.initializer.filter(({ name }) => used.has(name)),
    sparseInitializer: graph.sparseInitializer.filter(
      ({ values }) => values && used.has(values.name),
    ),
    valueInfo: [],
    input: [],
    output: [],
  });
}

/** Renames values wherever they occur, and nodes. */
export function renamed(graph: GraphProto, name: (value: string) => string): GraphProto {
  const names = <T extends { readonly name: string }>(members: readonly T[]): T[] =>
    members.map((member) => changed(member, { name: name(member.name) } as Partial<T>));
  const attribute = (each: AttributeProto): AttributeProto =>
    each.g || each.graphs.length > 0
      ? changed(each, {
          ...(each.g ? { g: renamed(each.g, name) } : {}),
          graphs: each.graphs.map((inner) => renamed(inner, name)),
        })
      : each;
  return create(GraphProtoSchema, {
    ...graph,
    node: graph.node.map((node) =>
      changed(node, {
        name: name(node.name),
        input: node.input.map(name),
        output: node.output.map(name),
        attribute: node.attribute.map(attribute),
      }),
    ),
    initializer: names(graph.initializer),
    sparseInitializer: graph.sparseInitializer.map((each) =>
      each.values
        ? changed(each, { values: changed(each.values, { name: name(each.values.name) }) })
        : each,
    ),
    input: names(graph.input),
    output: names(graph.output),
    valueInfo: names(graph.valueInfo),
    quantizationAnnotation: [],
  });
}
