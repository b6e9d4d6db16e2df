/** Decompresses strips and tiles, never to more than their pixels need. */
import { Unzlib } from "fflate";
import { unsupported } from "../reasons.ts";
import { decodeLzw } from "./lzw.ts";

type Decompress = (data: Uint8Array, length: number) => Uint8Array;

/** By the value of the tag Compression. Each returns fewer bytes if the data ends early. */
const decoders: Readonly<Record<number, Decompress>> = {
  1: (data, length) => data.subarray(0, length),
  5: decodeLzw,
  8: inflate,
  32773: decodePackBits,
  32946: inflate,
};

const names: Readonly<Record<number, string>> = {
  2: "fax compression",
  3: "fax compression",
  4: "fax compression",
  6: "old-style JPEG compression",
  34887: "LERC compression",
  34925: "LZMA compression",
  50000: "Zstandard compression",
  50001: "WebP compression",
};

/**
 * The function for a compression.
 *
 * @throws PlumageError "bad-image" if it is not supported
 */
export function decompressor(compression: number): Decompress {
  const decoder = decoders[compression];
  if (!decoder) throw unsupported("TIFF", names[compression] ?? `compression ${compression}`);
  return decoder;
}

/** Compressed bytes at a time: what is inflated beyond the expected length is at most 16 MB. */
const inflateChunk = 16 * 1024;

function inflate(data: Uint8Array, length: number): Uint8Array {
  const output = new Uint8Array(length);
  let written = 0;
  const stream = new Unzlib((chunk) => {
    const part = chunk.subarray(0, length - written);
    output.set(part, written);
    written += part.length;
  });
  for (let at = 0; at < data.length && written < length; at += inflateChunk) {
    const isLast = at + inflateChunk >= data.length;
    stream.push(data.subarray(at, at + inflateChunk), isLast);
  }
  return output.subarray(0, written);
}

/** PackBits (TIFF 6.0, section 9). */
function decodePackBits(data: Uint8Array, length: number): Uint8Array {
  const output = new Uint8Array(length);
  let written = 0;
  for (let at = 0; at + 1 < data.length && written < length; ) {
    const header = (data[at++]! << 24) >> 24;
    // -128 is padding.
    if (header === -128) continue;
    const count = Math.min(Math.abs(header) + 1, length - written);
    if (header < 0) output.fill(data[at++]!, written, written + count);
    else {
      const literal = data.subarray(at, at + count);
      output.set(literal, written);
      at += header + 1;
      if (literal.length < count) return output.subarray(0, written + literal.length);
    }
    written += count;
  }
  return output.subarray(0, written);
}
