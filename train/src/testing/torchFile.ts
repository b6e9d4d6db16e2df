/** Files as torch.save writes them, for tests. */
import { zipSync } from "fflate";

/** Opcodes that leave one value on the stack of a pickle. */
type Pickled = Buffer;

const opcode = (text: string, ...rest: (Buffer | number)[]): Pickled =>
  Buffer.concat([
    Buffer.from(text, "latin1"),
    ...rest.map((part) => (typeof part === "number" ? Buffer.of(part) : part)),
  ]);
const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};

/** A function or class, e.g. "argparse.Namespace". */
export const name = (text: string): Pickled => {
  const dot = text.lastIndexOf(".");
  return opcode(`c${text.slice(0, dot)}\n${text.slice(dot + 1)}\n`);
};
export const tuple = (...values: readonly unknown[]): Pickled =>
  Buffer.concat([opcode("("), ...values.map(pickled), opcode("t")]);
/** A function's result, or an object of a class with attributes. */
export const call = (callee: string, args: readonly unknown[], state?: unknown): Pickled =>
  Buffer.concat([
    name(callee),
    tuple(...args),
    opcode("R"),
    ...(state === undefined ? [] : [pickled(state), opcode("b")]),
  ]);

/** Opcodes of protocol 2 for plain data; a Pickled stays as it is. */
export function pickled(value: unknown): Pickled {
  if (Buffer.isBuffer(value)) return value;
  if (value === null) return opcode("N");
  if (typeof value === "boolean") return opcode(value ? "\x88" : "\x89");
  if (typeof value === "string") {
    const text = Buffer.from(value);
    return opcode("X", uint32(text.length), text);
  }
  if (typeof value === "number") {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleBE(value);
    if (!Number.isInteger(value)) return opcode("G", bytes);
    bytes.writeBigInt64LE(BigInt(value));
    return opcode("\x8a", 8, bytes);
  }
  if (Array.isArray(value))
    return Buffer.concat([opcode("]("), ...value.map(pickled), opcode("e")]);
  const entries = Object.entries(value as object).flat();
  return Buffer.concat([opcode("}("), ...entries.map(pickled), opcode("u")]);
}

/** A tensor's storage, and how the tensor lies in it. */
export interface TensorLayout {
  readonly key?: string;
  readonly kind?: string;
  readonly count: number;
  readonly offset?: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

export const tensor = ({
  key = "0",
  kind = "FloatStorage",
  count,
  offset = 0,
  shape,
  strides,
}: TensorLayout): Pickled =>
  call("torch._utils._rebuild_tensor_v2", [
    Buffer.concat([tuple("storage", name(`torch.${kind}`), key, "cpu", count), opcode("Q")]),
    offset,
    tuple(...shape),
    tuple(...strides),
    false,
    call("collections.OrderedDict", []),
  ]);

/** A pickle of one value. */
export const pickle = (value: unknown): Buffer =>
  Buffer.concat([opcode("\x80\x02"), pickled(value), opcode(".")]);

/** The zip format; storages by key. */
export const torchZip = (
  value: unknown,
  storages: Readonly<Record<string, Uint8Array>> = {},
  level: 0 | 9 = 0,
): Uint8Array => {
  const data = Object.entries(storages).map(([key, bytes]) => [`archive/data/${key}`, bytes]);
  const files = { "archive/data.pkl": pickle(value), ...Object.fromEntries(data) };
  return zipSync(files, { level });
};
