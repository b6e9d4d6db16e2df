/**
 * Reads tensors from a file that torch.save wrote: a zip archive with a pickle and one file per
 * storage (torch 1.6 and later), or the legacy sequence of pickles followed by the storages
 * (torch/serialization.py, _legacy_save).
 */
import { readFile } from "node:fs/promises";
import { decodeFloat16, PlumageError } from "@plumage/models";
import type { NamedTensor, NamedTensors } from "@plumage/models/node";
import { unzipSync } from "fflate";
import { PickledName, type PickleResolver, readPickle } from "./pickle.ts";

type Decode = (bytes: Uint8Array<ArrayBuffer>) => Float32Array<ArrayBuffer>;

/** Element width in bytes and decoder of each storage type. */
const storageTypes: Readonly<Record<string, { readonly width: number; readonly decode: Decode }>> =
  {
    "torch.FloatStorage": { width: 4, decode: ({ buffer }) => new Float32Array(buffer) },
    "torch.DoubleStorage": {
      width: 8,
      decode: ({ buffer }) => Float32Array.from(new Float64Array(buffer)),
    },
    "torch.HalfStorage": { width: 2, decode: decodeFloat16 },
    "torch.BFloat16Storage": {
      width: 2,
      decode: ({ buffer }) =>
        new Float32Array(Uint32Array.from(new Uint16Array(buffer), (half) => half << 16).buffer),
    },
    "torch.LongStorage": {
      width: 8,
      decode: ({ buffer }) => Float32Array.from(new BigInt64Array(buffer), Number),
    },
    "torch.IntStorage": {
      width: 4,
      decode: ({ buffer }) => Float32Array.from(new Int32Array(buffer)),
    },
    "torch.ByteStorage": { width: 1, decode: (bytes) => Float32Array.from(bytes) },
    "torch.BoolStorage": { width: 1, decode: (bytes) => Float32Array.from(bytes) },
  };

/** The numbers of one or more tensors, which are elsewhere in the file. */
class Storage {
  readonly kind: string;
  readonly key: string;
  readonly count: number;
  #values: Float32Array | undefined;

  constructor(kind: string, key: string, count: number) {
    this.kind = kind;
    this.key = key;
    this.count = count;
  }
  fill(bytes: Uint8Array): void {
    const { width, decode } = storageTypes[this.kind]!;
    if (bytes.length < this.count * width) throw damaged("a storage is truncated");
    this.#values = decode(Uint8Array.from(bytes.subarray(0, this.count * width)));
  }
  get values(): Float32Array {
    if (!this.#values) throw damaged(`the storage ${this.key} is missing`);
    return this.#values;
  }
}

/** A tensor as a strided view of a storage, read once all storages are filled. */
class View {
  readonly #storage: Storage;
  readonly #offset: number;
  readonly #shape: readonly number[];
  readonly #strides: readonly number[];

  constructor(
    storage: Storage,
    offset: number,
    shape: readonly number[],
    strides: readonly number[],
  ) {
    this.#storage = storage;
    this.#offset = offset;
    this.#shape = shape;
    this.#strides = strides;
  }
  read(): NamedTensor {
    const shape = this.#shape;
    const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
    const { values } = this.#storage;
    const index = shape.map(() => 0);
    for (let i = 0; i < data.length; i++) {
      const at = index.reduce((sum, each, axis) => sum + each * this.#strides[axis]!, this.#offset);
      if (!(at < values.length)) throw damaged("a tensor reaches beyond its storage");
      data[i] = values[at]!;
      for (let axis = shape.length - 1; axis >= 0 && ++index[axis]! === shape[axis]; axis--)
        index[axis] = 0;
    }
    return { shape, data };
  }
}

const damaged = (reason: string) =>
  new PlumageError("bad-file", `the file is damaged: ${reason}`, "download or copy it again");

/** Resolves names to tensors, and collects the storages that these refer to in `found`. */
function tensorResolver(found: Map<string, Storage>): PickleResolver {
  const rebuild = ([storage, offset, shape, strides]: readonly unknown[]) =>
    new View(storage as Storage, offset as number, shape as number[], strides as number[]);
  const known: Readonly<Record<string, (args: readonly unknown[]) => unknown>> = {
    "collections.OrderedDict": () => new Map(),
    "torch._utils._rebuild_tensor": rebuild,
    "torch._utils._rebuild_tensor_v2": rebuild,
    "torch._utils._rebuild_parameter": ([view]) => view,
  };
  return {
    call: (name, args) => known[name]?.(args),
    persistent(id) {
      const [tag, kind, key, , count] = id as unknown[];
      const name = kind instanceof PickledName ? kind.name : "";
      if (tag !== "storage" || !(name in storageTypes)) {
        throw new PlumageError(
          "bad-file",
          `the file stores numbers as ${name || "an unknown type"}`,
          "convert it to float32",
        );
      }
      const known = found.get(key as string) ?? new Storage(name, key as string, count as number);
      found.set(known.key, known);
      return known;
    },
  };
}

/** The zip format: one folder with data.pkl and data/KEY. */
function readZip(bytes: Buffer): unknown {
  let files: Record<string, Uint8Array>;
  try {
    files = unzipSync(bytes);
  } catch (error) {
    throw damaged((error as Error).message);
  }
  const pickle = Object.keys(files).find((name) => name.endsWith("/data.pkl"));
  if (!pickle) throw damaged("it contains no data.pkl");
  const found = new Map<string, Storage>();
  const { value } = readPickle(Buffer.from(files[pickle]!), 0, tensorResolver(found));
  const folder = pickle.slice(0, -"data.pkl".length);
  for (const storage of found.values())
    storage.fill(files[`${folder}data/${storage.key}`] ?? new Uint8Array());
  return value;
}

/**
 * The legacy format: four pickles (magic number, version, system information, value), the storages'
 * keys, and for each storage its count and numbers.
 */
function readLegacy(bytes: Buffer): unknown {
  const found = new Map<string, Storage>();
  const resolver = tensorResolver(found);
  let at = 0;
  const next = () => {
    const { value, end } = readPickle(bytes, at, resolver);
    at = end;
    return value;
  };
  next();
  next();
  next();
  const value = next();
  for (const key of next() as string[]) {
    const storage = found.get(key);
    if (at + 8 > bytes.length) throw damaged("a storage is missing");
    const count = Number(bytes.readBigInt64LE(at));
    at += 8;
    if (!storage || count !== storage.count)
      throw damaged(`the storage ${key} is not the expected one`);
    const length = count * storageTypes[storage.kind]!.width;
    storage.fill(bytes.subarray(at, at + length));
    at += length;
  }
  return value;
}

/** The legacy format starts with the pickled number 0x1950a86a20f9469cfc6c. */
export const legacyMagic = Buffer.from("80028a0a6cfc9c46f9206aa85019", "hex");

/** Keys under which training scripts store the weights next to other state. */
const nestedKeys = [
  "state_dict",
  "model_state_dict",
  "model",
  "module",
  "teacher",
  "ema",
  "ema_state_dict",
  "model_ema",
];

/**
 * Reads all tensors of a state_dict as float32, under torch's names without DataParallel's prefix
 * "module.".
 *
 * @throws PlumageError "bad-file" for a file that is damaged, of another format, or contains more
 *   than tensors
 */
export async function readTorchFile(path: string): Promise<NamedTensors> {
  const bytes = await readFile(path).catch((cause) => {
    throw new PlumageError("bad-file", `${path} cannot be opened`, undefined, { cause });
  });
  const isZip = bytes.subarray(0, 4).equals(Buffer.from("PK\x03\x04", "latin1"));
  if (!isZip && !bytes.subarray(0, legacyMagic.length).equals(legacyMagic)) {
    throw new PlumageError(
      "bad-file",
      `${path} was not written by torch.save`,
      "use a .pth file with a state_dict",
    );
  }
  let value = isZip ? readZip(bytes) : readLegacy(bytes);
  for (const key of nestedKeys)
    if (value instanceof Map && value.get(key) instanceof Map) value = value.get(key);
  const tensors = new Map<string, NamedTensor>();
  if (value instanceof Map) {
    for (const [name, view] of value) {
      if (view instanceof View) tensors.set(String(name).replace(/^module\./, ""), view.read());
    }
  }
  if (tensors.size > 0) return tensors;
  throw new PlumageError(
    "bad-file",
    `${path} contains no tensors`,
    "use a .pth file with a state_dict",
  );
}
