/** An ONNX graph under construction. */
import { AttributeProto_AttributeType, TensorProto_DataType } from "onnx-buf";

/** Element types of recorded graphs, with ONNX's enum values. */
export const elementTypes = {
  float32: TensorProto_DataType.FLOAT,
  float16: TensorProto_DataType.FLOAT16,
  int32: TensorProto_DataType.INT32,
  int64: TensorProto_DataType.INT64,
  int8: TensorProto_DataType.INT8,
  uint8: TensorProto_DataType.UINT8,
  bool: TensorProto_DataType.BOOL,
} as const;
export type ElementType = keyof typeof elementTypes;

/** A plain number is an ONNX INT; `{ float }` is a FLOAT. */
export type Attribute = number | string | readonly number[] | { readonly float: number };

export interface GraphNode {
  readonly type: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

export interface Constant {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** Row-major, little-endian: ONNX's raw_data. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export const attributeTypes = AttributeProto_AttributeType;

/** Grows node by node. Stores equal nodes (common subexpressions) and equal constants once. */
export class Graph {
  readonly nodes: GraphNode[] = [];
  readonly constants: Constant[] = [];
  /** Prefix for the names of new values, to tell the parts of a graph apart in a viewer. */
  scope = "";
  #known = new Map<string, string>();
  #constants = new Map<string, Constant[]>();
  #producers = new Map<string, GraphNode>();
  #count = 0;

  /** Adds a node with one output, or reuses an equal one. @returns the output's name */
  add(type: string, inputs: readonly string[], attributes: Record<string, Attribute> = {}): string {
    const key = nodeKey(type, inputs, attributes);
    const known = this.#known.get(key);
    if (known) return known;
    const [output] = this.addMany(type, inputs, attributes, 1);
    this.#known.set(key, output!);
    return output!;
  }

  /** Adds a node with several outputs. @returns their names */
  addMany(
    type: string,
    inputs: readonly string[],
    attributes: Record<string, Attribute>,
    outputs: number,
  ): string[] {
    const names = Array.from({ length: outputs }, () => this.#name(type));
    const node: GraphNode = { type, inputs, outputs: names, attributes };
    this.nodes.push(node);
    for (const name of names) this.#producers.set(name, node);
    return names;
  }

  /** The output of an equal node, if there is one. */
  find(
    type: string,
    inputs: readonly string[],
    attributes: Record<string, Attribute> = {},
  ): string | undefined {
    return this.#known.get(nodeKey(type, inputs, attributes));
  }

  /** The node that computes a value. Undefined for inputs and constants. */
  producer(name: string): GraphNode | undefined {
    return this.#producers.get(name);
  }

  /** Adds a float32 scalar. */
  scalar(value: number): string {
    return this.constant("float32", [], Float32Array.of(value));
  }

  /** Adds an int64 vector, as ONNX takes axes, shapes and pads. */
  integers(values: readonly number[]): string {
    return this.constant("int64", [values.length], BigInt64Array.from(values, BigInt));
  }

  /** Adds a constant, or reuses one with the same type, shape and bytes. @returns its name */
  constant(
    type: ElementType,
    shape: readonly number[],
    data: ArrayBufferView<ArrayBuffer>,
  ): string {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const key = `${type} [${shape}] ${fingerprint(bytes)}`;
    const alike = this.#constants.get(key) ?? [];
    const known = alike.find((constant) => equalBytes(constant.bytes, bytes));
    if (known) return known.name;
    const constant = { name: this.#name("Constant"), type, shape, bytes };
    this.constants.push(constant);
    this.#constants.set(key, [...alike, constant]);
    return constant.name;
  }

  /** Adds a constant under a name of the caller's choice, such as a parameter's. */
  namedConstant(constant: Constant): void {
    this.constants.push(constant);
  }

  #name(type: string): string {
    return `${this.scope ? `${this.scope}/` : ""}${type}_${this.#count++}`;
  }
}

const nodeKey = (type: string, inputs: readonly string[], attributes: Record<string, Attribute>) =>
  `${type}(${inputs.join(",")})${JSON.stringify(attributes)}`;

/** FNV-1a (Fowler, Noll, Vo): rules out most unequal constants without comparing bytes. */
function fingerprint(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}

const equalBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i]);
