/** One recording: the graph, and for each tfjs tensor the ONNX value that stands for it. */
import { PlumageError } from "@plumage/models";
import type { BackendValues, DataType, TensorInfo } from "@tensorflow/tfjs-core";
import { type ElementType, Graph } from "../onnx/graph.ts";
import { type Layout, permutation, physicalShape } from "./layout.ts";
import { Symbols } from "./symbols.ts";

/**
 * What stands behind a tensor's data id: a value of the graph, or numbers that are not in the graph
 * yet.
 */
export interface Value {
  /** Name in the graph; a constant gets its name when a kernel first uses it. */
  name?: string;
  readonly data?: BackendValues;
  /** Shape at the time of writing, in tfjs's axis order. */
  readonly shape: readonly number[];
  readonly type: ElementType;
  readonly layout?: Layout | undefined;
  /** The kernel that made it, for error messages. */
  readonly kernel: string;
}

/** A value seen through a tensor: named, and with the tensor's shape. */
export interface Operand {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: ElementType;
  readonly layout: Layout | undefined;
}

export class Recording {
  readonly graph = new Graph();
  readonly symbols = new Symbols();
  #values = new Map<object, Value>();
  /** Physical shapes of the graph's values, as far as they are known. */
  #shapes = new Map<string, readonly number[]>();

  set(dataId: object, value: Value): void {
    this.#values.set(dataId, value);
  }

  has(dataId: object): boolean {
    return this.#values.has(dataId);
  }

  get size(): number {
    return this.#values.size;
  }

  /** The numbers of a constant tensor. Errors: a computed tensor has none while recording. */
  read(dataId: object): BackendValues {
    const value = this.#values.get(dataId);
    if (!value?.data) {
      throw new PlumageError(
        "unsupported",
        `a tensor was read while recording (the output of kernel ${value?.kernel ?? "unknown"}): nothing is computed yet`,
        "keep data(), arraySync() and branches on values out of recorded functions",
      );
    }
    return value.data;
  }

  /** The graph's value behind a tensor. */
  operand(tensor: TensorInfo): Operand {
    const value = this.#values.get(tensor.dataId);
    if (!value) throw new PlumageError("unsupported", "a tensor of another recording was used");
    value.name ??= this.graph.constant(value.type, value.shape, typedConstant(value));
    return { name: value.name, shape: tensor.shape, type: value.type, layout: value.layout };
  }

  /** A new tensor for a value that a kernel has added to the graph. */
  result(
    kernel: string,
    name: string,
    shape: readonly number[],
    dtype: DataType,
    layout?: Layout | undefined,
    type: ElementType = dtype as ElementType,
  ): TensorInfo {
    const dataId = {};
    this.#values.set(dataId, { name, shape, type, layout, kernel });
    this.shaped(name, physicalShape(shape, layout));
    return { dataId, shape: [...shape], dtype };
  }

  /**
   * The operand in another layout (undefined: tfjs's own axis order); a copy only where the bytes
   * must really move.
   */
  inLayout(operand: Operand, layout: Layout | undefined): string {
    if (operand.layout === layout) return operand.name;
    const axes = permutation(operand.layout, layout);
    const from = physicalShape(operand.shape, operand.layout);
    const moved = axes.filter((axis) => from[axis] !== 1);
    const inOrder = moved.every((axis, i) => i === 0 || axis > moved[i - 1]!);
    return inOrder
      ? this.reshape(operand.name, physicalShape(operand.shape, layout))
      : this.graph.add("Transpose", [operand.name], { perm: axes });
  }

  plain(operand: Operand): string {
    return this.inLayout(operand, undefined);
  }

  /** Notes the shape of a value of the graph, so that it is not reshaped in vain. */
  shaped(name: string, shape: readonly number[]): string {
    this.#shapes.set(name, shape);
    return name;
  }

  reshape(name: string, shape: readonly number[]): string {
    const { name: source, shape: known } = this.beforeReshapes(name);
    if (known && equalShapes(known, shape)) return source;
    const target = this.graph.integers(this.symbols.reshapeTarget(shape));
    return this.shaped(this.graph.add("Reshape", [source, target]), shape);
  }

  /** The same numbers as they were before they were only given other shapes. */
  beforeReshapes(name: string): { name: string; shape: readonly number[] | undefined } {
    let source = name;
    for (
      let node = this.graph.producer(name);
      node?.type === "Reshape";
      node = this.graph.producer(source)
    ) {
      source = node.inputs[0]!;
    }
    return { name: source, shape: this.#shapes.get(source) };
  }
}

const equalShapes = (a: readonly number[], b: readonly number[]) =>
  a.length === b.length && a.every((size, i) => size === b[i]);

function typedConstant(value: Value): ArrayBufferView<ArrayBuffer> {
  const data = value.data as ArrayLike<number>;
  if (value.type === "float32") return Float32Array.from(data);
  if (value.type === "int32") return Int32Array.from(data);
  if (value.type === "bool") return Uint8Array.from(data);
  throw new PlumageError("unsupported", `a constant of type ${value.type} cannot be recorded`);
}
