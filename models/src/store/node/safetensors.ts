/** The safetensors format: named tensors in one file (github.com/huggingface/safetensors). */
import { type FileHandle, open } from "node:fs/promises";
import { z } from "zod";
import { PlumageError } from "../../errors.ts";
import { type ElementType, elementTypes } from "../../numeric/elements.ts";
import { encodeFloat16 } from "../../numeric/float16.ts";
import { parseJson } from "../json.ts";
import { unreadable } from "../unreadable.ts";
import { writeFileWhole } from "./files.ts";

/** One tensor of a file. */
export interface NamedTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}
/** The tensors of a file, by name. */
export type NamedTensors = ReadonlyMap<string, NamedTensor>;

/** A tensor whose numbers are read when they are needed. */
export interface StoredTensor {
  readonly shape: readonly number[];
  /** @throws PlumageError "bad-file" if they are damaged, or of a type that cannot be read */
  read(): Promise<Float32Array<ArrayBuffer>>;
}
/** The tensors of a file that has not been read, by name. */
export type StoredTensors = ReadonlyMap<string, StoredTensor>;

/** How tensors are stored. Integers (torch's num_batches_tracked) are read as float32. */
const encodings: Readonly<Record<string, ElementType>> = {
  F32: elementTypes.float32,
  F64: elementTypes.float64,
  F16: elementTypes.float16,
  BF16: elementTypes.bfloat16,
  I64: elementTypes.int64,
  I32: elementTypes.int32,
  I16: elementTypes.int16,
  I8: elementTypes.int8,
  U8: elementTypes.uint8,
  BOOL: elementTypes.uint8,
};

const entrySchema = z.strictObject({
  dtype: z.string(),
  shape: z.array(z.int().nonnegative()),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});
type Entry = z.infer<typeof entrySchema>;
const headerSchema = z
  .object({ __metadata__: z.record(z.string(), z.string()).optional() })
  .catchall(entrySchema);

const damaged = "the file is damaged: download or write it again";
/** A hundred thousand tensors. The reference implementation reads five times as much. */
const maxHeaderLength = 20_000_000;
/** Below the 2 GiB that the system reads at once. */
const maxReadLength = 2 ** 30;
const sizeOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

/**
 * Reads all tensors as float32, in the order of their data.
 *
 * @throws PlumageError "bad-file" for a file that is truncated, inconsistent or of another format,
 *   or has numbers of a type that cannot be read
 */
export async function readSafetensors(
  path: string,
): Promise<{ tensors: NamedTensors; metadata: Record<string, string> }> {
  const { tensors: stored, metadata } = await openSafetensors(path);
  const tensors = new Map<string, NamedTensor>();
  for (const [name, tensor] of stored)
    tensors.set(name, { shape: tensor.shape, data: await tensor.read() });
  return { tensors, metadata };
}

/**
 * Reads the header, and checks that the tensors fill the file without gaps or overlaps.
 *
 * @throws PlumageError "bad-file" for a file that is truncated, inconsistent or of another format
 */
export async function openSafetensors(
  path: string,
): Promise<{ tensors: StoredTensors; metadata: Record<string, string> }> {
  return withFile(path, async (file) => {
    const { size } = await file.stat();
    if (size < 8) throw new PlumageError("bad-file", `${path} is not a safetensors file`);
    const lengthBytes = await readRange(file, path, 0, 8);
    const headerLength = Number(new DataView(lengthBytes.buffer).getBigUint64(0, true));
    if (headerLength > Math.min(maxHeaderLength, size - 8))
      throw new PlumageError("bad-file", `${path} is not a safetensors file`);
    const { metadata, entries } = parseHeader(await readRange(file, path, 8, headerLength), path);
    const start = 8 + headerLength;
    const tensors = new Map<string, StoredTensor>();
    let end = 0;
    for (const [name, entry] of entries) {
      const [first, last] = entry.data_offsets;
      const width = encodings[entry.dtype]?.bytes;
      const length = width === undefined ? last - first : width * sizeOf(entry.shape);
      if (first !== end || last - first !== length || last < first || start + last > size)
        throw new PlumageError(
          "bad-file",
          `${path}: tensor ${name} does not match the file`,
          damaged,
        );
      end = last;
      tensors.set(name, storedTensor(path, name, entry, start));
    }
    if (start + end !== size)
      throw new PlumageError("bad-file", `${path} has bytes that belong to no tensor`, damaged);
    return { tensors, metadata };
  });
}

/** The entries in the order of their data. */
function parseHeader(bytes: Uint8Array, path: string) {
  const text = new TextDecoder().decode(bytes);
  const header = parseJson(text, headerSchema, path);
  // JSON.parse takes the last of equal names. Entries are the objects inside of the header's.
  const names = text.match(/"[^"\\]*(?:\\.[^"\\]*)*"(?:\s*:\s*\{)?/g) ?? [];
  const count = names.filter((name) => name.endsWith("{")).length;
  if (count !== Object.keys(header).length)
    throw new PlumageError("bad-file", `${path} names a tensor twice`, damaged);
  const { __metadata__: metadata = {}, ...entries } = header;
  const inOrder = Object.entries(entries as Record<string, Entry>).sort(
    ([, a], [, b]) =>
      a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1],
  );
  return { metadata, entries: inOrder };
}

const storedTensor = (
  path: string,
  name: string,
  { dtype, shape, data_offsets: [first, last] }: Entry,
  start: number,
): StoredTensor => ({
  shape,
  async read() {
    const encoding = encodings[dtype];
    if (encoding) {
      const bytes = await withFile(path, (file) =>
        readRange(file, path, start + first, last - first),
      );
      return encoding.decode(bytes);
    }
    throw new PlumageError(
      "bad-file",
      `${path}: ${name} is of type ${dtype}`,
      `convert it: only ${Object.keys(encodings).join(", ")} tensors can be read`,
    );
  },
});

async function withFile<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, "r").catch((cause) => {
    throw unreadable(path, cause);
  });
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

async function readRange(
  file: FileHandle,
  path: string,
  position: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file
      .read(bytes, done, Math.min(length - done, maxReadLength), position + done)
      .catch((cause) => {
        throw unreadable(path, cause);
      });
    if (bytesRead === 0) throw new PlumageError("bad-file", `${path} is truncated`);
    done += bytesRead;
  }
  return bytes;
}

/**
 * Writes tensors in their order, one at a time, so that they are never copied all at once.
 *
 * @param dtype F16 rounds to nearest
 */
export async function writeSafetensors(
  path: string,
  tensors: NamedTensors,
  metadata: Record<string, string>,
  dtype: "F32" | "F16" = "F32",
): Promise<void> {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  for (const [name, { shape, data }] of tensors) {
    if (sizeOf(shape) !== data.length)
      throw new Error(`tensor ${name} has ${data.length} values for shape [${shape}]`);
    const end = offset + data.length * encodings[dtype]!.bytes;
    header[name] = { dtype, shape, data_offsets: [offset, end] };
    offset = end;
  }
  // Spaces pad the header, so that the first tensor starts at a multiple of eight.
  const json = new TextEncoder().encode(JSON.stringify(header));
  const padded = new Uint8Array(Math.ceil(json.length / 8) * 8).fill(0x20);
  padded.set(json);
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(padded.length), true);
  function* chunks(): Iterable<Uint8Array> {
    yield length;
    yield padded;
    for (const { data } of tensors.values()) {
      yield dtype === "F16"
        ? encodeFloat16(data)
        : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    }
  }
  await writeFileWhole(path, chunks());
}
