/**
 * Tensors of a file that torch.save wrote: a zip archive with a pickle and a file for each storage
 * (torch 1.6 and later), or the older sequence of pickles with the storages behind
 * (torch/serialization.py, _legacy_save).
 */
import { readFile } from "node:fs/promises";
import { decodeFloat16, PlumageError } from "@plumage/models";
import type { NamedTensor, NamedTensors } from "@plumage/models/node";
import { unzipSync } from "fflate";
import { PickledName, readPickle } from "./pickle.ts";

type Decode = (bytes: Uint8Array<ArrayBuffer>) => Float32Array<ArrayBuffer>;

/** How the numbers of torch's storages are kept. */
const storages: Readonly<Record<string, { readonly width: number; readonly decode: Decode }>> = {
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

/** Numbers that lie elsewhere in the file. */
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
    const { width, decode } = storages[this.kind]!;
    if (bytes.length < this.count * width) throw damaged("a storage is cut short");
    this.#values = decode(Uint8Array.from(bytes.subarray(0, this.count * width)));
  }
  get values(): Float32Array {
    if (!this.#values) throw damaged(`the storage ${this.key} is missing`);
    return this.#values;
  }
}

/** A tensor as a view of a storage; its numbers are read when all storages are there. */
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
    const place = shape.map(() => 0);
    for (let i = 0; i < data.length; i++) {
      const at = place.reduce((sum, each, axis) => sum + each * this.#strides[axis]!, this.#offset);
      if (!(at < values.length)) throw damaged("a tensor reaches beyond its storage");
      data[i] = values[at]!;
      for (let axis = shape.length - 1; axis >= 0 && ++place[axis]! === shape[axis]; axis--)
        place[axis] = 0;
    }
    return { shape, data };
  }
}

const damaged = (what: string) =>
  new PlumageError("bad-file", `the file is damaged: ${what}`, "get it again");

function reading(found: Map<string, Storage>) {
  const rebuild = ([storage, offset, shape, strides]: readonly unknown[]) =>
    new View(storage as Storage, offset as number, shape as number[], strides as number[]);
  const known: Readonly<Record<string, (words: readonly unknown[]) => unknown>> = {
    "collections.OrderedDict": () => new Map(),
    "torch._utils._rebuild_tensor": rebuild,
    "torch._utils._rebuild_tensor_v2": rebuild,
    "torch._utils._rebuild_parameter": ([view]) => view,
  };
  return {
    call: (name: string, words: readonly unknown[]) => known[name]?.(words),
    persistent(id: unknown): unknown {
      const [word, kind, key, , count] = id as unknown[];
      const name = kind instanceof PickledName ? kind.name : "";
      if (word !== "storage" || !(name in storages)) {
        throw new PlumageError(
          "bad-file",
          `the file keeps numbers as ${name || "something unknown"}`,
          "convert it to float32",
        );
      }
      const known = found.get(key as string) ?? new Storage(name, key as string, count as number);
      found.set(known.key, known);
      return known;
    },
  };
}

/** The zip archive: everything below one folder, data.pkl and data/KEY. */
function fromZip(bytes: Buffer): unknown {
  let files: Record<string, Uint8Array>;
  try {
    files = unzipSync(bytes);
  } catch (error) {
    throw damaged((error as Error).message);
  }
  const pickle = Object.keys(files).find((name) => name.endsWith("/data.pkl"));
  if (!pickle) throw damaged("it holds no data.pkl");
  const found = new Map<string, Storage>();
  const { value } = readPickle(Buffer.from(files[pickle]!), 0, reading(found));
  const folder = pickle.slice(0, -"data.pkl".length);
  for (const storage of found.values())
    storage.fill(files[`${folder}data/${storage.key}`] ?? new Uint8Array());
  return value;
}

/**
 * Four pickles (magic number, version, about the system, the value), then the storages' keys, then
 * each: count and numbers.
 */
function fromSequence(bytes: Buffer): unknown {
  const found = new Map<string, Storage>();
  const knows = reading(found);
  let at = 0;
  const next = () => {
    const { value, end } = readPickle(bytes, at, knows);
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
      throw damaged(`the storage ${key} is not the one that is named`);
    const length = count * storages[storage.kind]!.width;
    storage.fill(bytes.subarray(at, at + length));
    at += length;
  }
  return value;
}

/** A pickled number, 0x1950a86a20f9469cfc6c, stands at the start of the older format. */
const legacyStart = Buffer.from("80028a0a6cfc9c46f9206aa85019", "hex");

/** Under these keys training scripts keep the weights beside other things. */
const nested = ["state_dict", "model_state_dict", "model"];

/**
 * All tensors of a state_dict as float32, under torch's names; the prefix "module." of DataParallel
 * is taken off.
 *
 * @throws PlumageError "bad-file" for a file that is damaged, of another kind, or holds more than
 * tensors
 */
export async function readTorchFile(path: string): Promise<NamedTensors> {
  const bytes = await readFile(path).catch((cause) => {
    throw new PlumageError("bad-file", `${path} cannot be opened`, undefined, { cause });
  });
  const isZip = bytes.subarray(0, 4).equals(Buffer.from("PK\x03\x04", "latin1"));
  if (!isZip && !bytes.subarray(0, legacyStart.length).equals(legacyStart)) {
    throw new PlumageError(
      "bad-file",
      `${path} is no file of torch.save`,
      "give a .pth of a state_dict",
    );
  }
  let value = isZip ? fromZip(bytes) : fromSequence(bytes);
  for (const key of nested)
    if (value instanceof Map && value.get(key) instanceof Map) value = value.get(key);
  const tensors = new Map<string, NamedTensor>();
  if (value instanceof Map) {
    for (const [name, view] of value) {
      if (view instanceof View) tensors.set(String(name).replace(/^module\./, ""), view.read());
    }
  }
  if (tensors.size > 0) return tensors;
  throw new PlumageError("bad-file", `${path} holds no tensors`, "give a .pth of a state_dict");
}
