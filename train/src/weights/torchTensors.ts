/** The tensors in a pickle that torch.save wrote, as views of storages elsewhere in the file. */
import { type ElementType, elementTypes } from "@plumage/models";
import { PickledName, PickledObject, type PickleResolver } from "./pickleMachine.ts";

/** Element types by the name of torch's storage class. */
const storageTypes: Readonly<Record<string, ElementType>> = {
  "torch.FloatStorage": elementTypes.float32,
  "torch.DoubleStorage": elementTypes.float64,
  "torch.HalfStorage": elementTypes.float16,
  "torch.BFloat16Storage": elementTypes.bfloat16,
  "torch.LongStorage": elementTypes.int64,
  "torch.IntStorage": elementTypes.int32,
  "torch.ShortStorage": elementTypes.int16,
  "torch.CharStorage": elementTypes.int8,
  "torch.ByteStorage": elementTypes.uint8,
  "torch.BoolStorage": elementTypes.uint8,
};

/** Numbers of one or more tensors, elsewhere in the file. */
export class TorchStorage {
  /** torch's name of the class, e.g. "torch.FloatStorage". */
  readonly kind: string;
  readonly key: string;
  /** Numbers in it. */
  readonly count: number;

  constructor(kind: string, key: string, count: number) {
    this.kind = kind;
    this.key = key;
    this.count = count;
  }
  /** Undefined for numbers that cannot be read, such as complex or quantized ones. */
  get type(): ElementType | undefined {
    return storageTypes[this.kind];
  }
}

/** Reads a range of a storage's bytes. */
export type ReadStorage = (
  storage: TorchStorage,
  offset: number,
  length: number,
) => Promise<Uint8Array>;

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;
const isCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.length <= 16 && value.every(isCount);

/** A tensor as a strided view of a storage. */
export class TorchView {
  readonly #storage: TorchStorage;
  readonly #offset: number;
  readonly #strides: readonly number[];
  readonly shape: readonly number[];
  /** Numbers in the tensor, and from its first to its last in the storage. */
  readonly #count: number;
  readonly #extent: number;

  /** @throws RangeError if the tensor is not within its storage, or has more numbers than that */
  constructor(storage: TorchStorage, offset: unknown, shape: unknown, strides: unknown) {
    if (!isCount(offset) || !isCounts(shape) || !isCounts(strides))
      throw new RangeError("a tensor has an invalid offset, shape or stride");
    this.#count = shape.reduce((product, size) => product * size, 1);
    const last = shape.reduce((sum, size, axis) => sum + (size - 1) * strides[axis]!, 0);
    this.#extent = this.#count === 0 ? 0 : last + 1;
    const isWithin = this.#count <= storage.count && offset + this.#extent <= storage.count;
    if (shape.length !== strides.length || !isWithin)
      throw new RangeError("a tensor reaches beyond its storage");
    this.#storage = storage;
    this.#offset = offset;
    this.#strides = strides;
    this.shape = shape;
  }

  /** @throws RangeError for numbers that cannot be read */
  async read(readStorage: ReadStorage): Promise<Float32Array<ArrayBuffer>> {
    const { type, kind } = this.#storage;
    if (!type) throw new RangeError(`it stores numbers as ${kind}; convert them to float32`);
    const bytes = await readStorage(
      this.#storage,
      this.#offset * type.bytes,
      this.#extent * type.bytes,
    );
    const values = type.decode(bytes);
    return this.#isContiguous ? values : this.#gather(values);
  }

  get #isContiguous(): boolean {
    let stride = 1;
    for (let axis = this.shape.length - 1; axis >= 0; axis--) {
      if (this.shape[axis] !== 1 && this.#strides[axis] !== stride) return false;
      stride *= this.shape[axis]!;
    }
    return true;
  }
  #gather(values: Float32Array): Float32Array<ArrayBuffer> {
    const data = new Float32Array(this.#count);
    const index = this.shape.map(() => 0);
    for (let i = 0; i < data.length; i++) {
      data[i] = values[index.reduce((sum, each, axis) => sum + each * this.#strides[axis]!, 0)]!;
      for (let axis = index.length - 1; axis >= 0 && ++index[axis]! === this.shape[axis]; axis--)
        index[axis] = 0;
    }
    return data;
  }
}

const rebuild = ([storage, offset, shape, strides]: readonly unknown[]) =>
  storage instanceof TorchStorage ? new TorchView(storage, offset, shape, strides) : undefined;

/** Calls that make tensors, and the dictionaries that hold them. */
const knownCalls: Readonly<Record<string, (args: readonly unknown[]) => unknown>> = {
  "collections.OrderedDict": ([pairs]) =>
    new Map(
      (Array.isArray(pairs) ? pairs : []).map((pair) => (Array.isArray(pair) ? pair : [])) as [
        unknown,
        unknown,
      ][],
    ),
  "collections.defaultdict": () => new Map(),
  "torch._utils._rebuild_tensor": rebuild,
  "torch._utils._rebuild_tensor_v2": rebuild,
  "torch._utils._rebuild_parameter": ([view]) => view,
  "torch._utils._rebuild_parameter_with_state": ([view]) => view,
};

/** Resolves names to tensors, and collects the storages that these refer to in `found`. */
export const torchResolver = (found: Map<string, TorchStorage>): PickleResolver => ({
  call: (name, args) => (Object.hasOwn(knownCalls, name) ? knownCalls[name]!(args) : undefined),
  persistent(id) {
    if (!Array.isArray(id)) return undefined;
    const [tag, kind, key, , count] = id;
    const isStorage = tag === "storage" && kind instanceof PickledName;
    if (!isStorage || typeof key !== "string" || !isCount(count)) return undefined;
    const storage = found.get(key) ?? new TorchStorage(kind.name, key, count);
    if (storage.kind !== kind.name || storage.count !== count)
      throw new RangeError(`the storage ${key} has two sizes`);
    found.set(key, storage);
    return storage;
  },
});

const maxDepth = 16;
/** Longer names are none of a network. */
const maxNameLength = 500;
/** Attributes of a module (torch.nn.Module) in which it keeps its tensors and submodules. */
const moduleParts = new Set(["_parameters", "_buffers", "_modules"]);

/**
 * The tensors in a value, under dotted paths such as "state_dict.conv1.weight". A module has the
 * names that its state_dict() would have.
 */
export function* namedViews(
  value: unknown,
  path = "",
  seen = new Set<unknown>(),
): Iterable<readonly [string, TorchView]> {
  if (value instanceof TorchView) yield [path, value];
  const entries =
    value instanceof PickledObject
      ? [...value.items, ...(value.state instanceof Map ? value.state : [])]
      : value instanceof Map
        ? value
        : [];
  const depth = path === "" ? 0 : path.split(".").length;
  if (seen.has(value) || depth > maxDepth) return;
  seen.add(value);
  for (const [key, part] of entries) {
    if (typeof key !== "string" || path.length + key.length > maxNameLength) continue;
    const isPart = value instanceof PickledObject && moduleParts.has(key);
    yield* namedViews(part, isPart ? path : path === "" ? key : `${path}.${key}`, seen);
  }
}
