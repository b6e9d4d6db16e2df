/** A recording in progress: the ONNX graph, and which of its values each tfjs tensor refers to. */
import { PlumageError } from "@plumage/models";
import { type BackendValues, type DataType, type TensorInfo, util } from "@tensorflow/tfjs-core";
import { type ElementType, Graph } from "../onnx/graph.ts";
import { type Layout, permutation, physicalShape } from "./layout.ts";
import { Symbols } from "./symbols.ts";

/** What a tensor's data id refers to: a value of the graph, or a constant not yet added to it. */
export interface Value {
  /** Name in the graph. A constant gets one when a kernel first uses it. */
  name?: string;
  readonly data?: BackendValues;
  /** Shape when the value was made, in tfjs's axis order. */
  readonly shape: readonly number[];
  readonly type: ElementType;
  readonly layout?: Layout | undefined;
  /** The kernel that produced it, for error messages. */
  readonly kernel: string;
}

/** A named value of the graph with the shape of the tensor that refers to it, in tfjs's order. */
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
  /** Known physical shapes of values, by name. */
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

  /**
   * The values of a constant tensor.
   *
   * @throws PlumageError "unsupported" for a computed tensor, which has no values yet
   */
  read(dataId: object): BackendValues {
    const value = this.#values.get(dataId);
    if (!value?.data) {
      throw new PlumageError(
        "unsupported",
        "a tensor was read while recording " +
          `(the output of kernel ${value?.kernel ?? "unknown"}): nothing is computed yet`,
        "keep data(), arraySync() and branches on values out of recorded functions",
      );
    }
    return value.data;
  }

  /**
   * The graph value that a tensor refers to.
   *
   * @throws PlumageError "unsupported" for a tensor of another recording
   */
  operand(tensor: TensorInfo): Operand {
    const value = this.#values.get(tensor.dataId);
    if (!value) throw new PlumageError("unsupported", "a tensor of another recording was used");
    value.name ??= this.graph.constant(value.type, value.shape, typedConstant(value));
    return { name: value.name, shape: tensor.shape, type: value.type, layout: value.layout };
  }

  /**
   * Makes a tensor for a value that a kernel has added to the graph.
   *
   * @param kernel tfjs's name of the kernel, for error messages
   * @param name of the value in the graph
   * @param shape in tfjs's axis order
   * @param layout physical axis order of the value; default tfjs's
   * @param type element type in the graph, where it differs from the tensor's
   */
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
   * Name of the operand in another layout (undefined: tfjs's axis order). Adds a Transpose only
   * where elements move in memory; if just axes of size 1 move, a Reshape.
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

  /** Name of the operand in tfjs's axis order. */
  plain(operand: Operand): string {
    return this.inLayout(operand, undefined);
  }

  /** Records the physical shape of a value, so that reshapes to the same shape are skipped. */
  shaped(name: string, shape: readonly number[]): string {
    this.#shapes.set(name, shape);
    return name;
  }

  /** Name of the value in another shape, in the same memory order. Merges chains of reshapes. */
  reshape(name: string, shape: readonly number[]): string {
    const { name: source, shape: known } = this.beforeReshapes(name);
    if (known && util.arraysEqual([...known], [...shape])) return source;
    const target = this.graph.integers(this.symbols.reshapeTarget(shape));
    return this.shaped(this.graph.add("Reshape", [source, target]), shape);
  }

  /** The value that a chain of reshapes starts from, and its shape if known. */
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

function typedConstant(value: Value): ArrayBufferView<ArrayBuffer> {
  const data = value.data as ArrayLike<number>;
  if (value.type === "float32") return Float32Array.from(data);
  if (value.type === "int32") return Int32Array.from(data);
  if (value.type === "bool") return Uint8Array.from(data);
  throw new PlumageError("unsupported", `a constant of type ${value.type} cannot be recorded`);
}
