/** The safetensors format: named tensors in one file (github.com/huggingface/safetensors). */

import { open } from "node:fs/promises";
import { z } from "zod";
import { PlumageError } from "../../errors.ts";
import { decodeFloat16, encodeFloat16 } from "../../numeric/float16.ts";
import { parseJson } from "../json.ts";
import { writeFileWhole } from "./files.ts";

/** One tensor of a safetensors file. */
export interface NamedTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}
/** The tensors of a safetensors file, by name. */
export type NamedTensors = ReadonlyMap<string, NamedTensor>;

interface Encoding {
  readonly bytes: number;
  readonly read: (bytes: Uint8Array<ArrayBuffer>) => Float32Array<ArrayBuffer>;
}

/** How tensors are stored. Integers (torch's num_batches_tracked) are read as float32. */
const encodings = {
  F32: { bytes: 4, read: ({ buffer }) => new Float32Array(buffer) },
  F16: { bytes: 2, read: decodeFloat16 },
  BF16: {
    bytes: 2,
    read: ({ buffer }) =>
      new Float32Array(Uint32Array.from(new Uint16Array(buffer), (half) => half << 16).buffer),
  },
  I64: { bytes: 8, read: ({ buffer }) => Float32Array.from(new BigInt64Array(buffer), Number) },
  I32: { bytes: 4, read: ({ buffer }) => Float32Array.from(new Int32Array(buffer)) },
  U8: { bytes: 1, read: (bytes) => Float32Array.from(bytes) },
} satisfies Record<string, Encoding>;
type Dtype = keyof typeof encodings;

const dtypes = Object.keys(encodings) as Dtype[];
const entrySchema = z.object({
  dtype: z.enum(dtypes, `only ${dtypes.join(", ")} tensors can be read`),
  shape: z.array(z.int().nonnegative()),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});
const headerSchema = z
  .object({ __metadata__: z.record(z.string(), z.string()).optional() })
  .catchall(entrySchema);

const damaged = "the file is damaged: download or write it again";
/** The limit of the reference implementation. */
const maxHeaderLength = 100_000_000;
const sizeOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

/**
 * Reads all tensors as float32, in the order of their data.
 *
 * @throws PlumageError "bad-file" for a file that is truncated, inconsistent or of another format
 */
export async function readSafetensors(
  path: string,
): Promise<{ tensors: NamedTensors; metadata: Record<string, string> }> {
  const file = await open(path, "r").catch((cause) => {
    throw new PlumageError("bad-file", `${path} cannot be opened`, undefined, { cause });
  });
  try {
    const { size } = await file.stat();
    const read = async (position: number, length: number): Promise<Uint8Array<ArrayBuffer>> => {
      const bytes = new Uint8Array(length);
      for (let done = 0; done < length; ) {
        const { bytesRead } = await file.read(bytes, done, length - done, position + done);
        if (bytesRead === 0) throw new PlumageError("bad-file", `${path} is truncated`);
        done += bytesRead;
      }
      return bytes;
    };
    if (size < 8) throw new PlumageError("bad-file", `${path} is not a safetensors file`);
    const headerLength = Number(new DataView((await read(0, 8)).buffer).getBigUint64(0, true));
    if (headerLength > Math.min(maxHeaderLength, size - 8))
      throw new PlumageError("bad-file", `${path} is not a safetensors file`);
    const text = new TextDecoder().decode(await read(8, headerLength));
    const { __metadata__: metadata, ...entries } = parseJson(text, headerSchema, path);
    const start = 8 + headerLength;
    const tensors = new Map<string, NamedTensor>();
    let end = 0;
    const inOrder = Object.entries(entries as Record<string, z.infer<typeof entrySchema>>).sort(
      ([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0],
    );
    for (const [name, { dtype, shape, data_offsets: offsets }] of inOrder) {
      const length = offsets[1] - offsets[0];
      const fits =
        offsets[0] === end &&
        length === sizeOf(shape) * encodings[dtype].bytes &&
        start + offsets[1] <= size;
      if (!fits)
        throw new PlumageError(
          "bad-file",
          `${path}: tensor ${name} does not match the file`,
          damaged,
        );
      end = offsets[1];
      const bytes = await read(start + offsets[0], length);
      tensors.set(name, { shape, data: encodings[dtype].read(bytes) });
    }
    if (start + end !== size)
      throw new PlumageError("bad-file", `${path} has bytes that belong to no tensor`, damaged);
    return { tensors, metadata: metadata ?? {} };
  } finally {
    await file.close();
  }
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
    const end = offset + data.length * encodings[dtype].bytes;
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
