/** The element types of tensors in files, read as float32. */
import { decodeFloat16 } from "./float16.ts";

/** How one number is stored, little-endian. */
export interface ElementType {
  readonly bytes: number;
  readonly decode: (bytes: Uint8Array) => Float32Array<ArrayBuffer>;
}

/** The bytes in a buffer of their own, as typed arrays must be aligned. */
const own = (bytes: Uint8Array): ArrayBuffer =>
  bytes.buffer instanceof ArrayBuffer && bytes.buffer.byteLength === bytes.byteLength
    ? bytes.buffer
    : new Uint8Array(bytes).buffer;

/** Element types by numpy's names, and torch's bfloat16. Bool is stored as uint8. */
export const elementTypes = {
  float32: { bytes: 4, decode: (bytes) => new Float32Array(own(bytes)) },
  float64: { bytes: 8, decode: (bytes) => Float32Array.from(new Float64Array(own(bytes))) },
  float16: { bytes: 2, decode: decodeFloat16 },
  // The upper half of a float32.
  bfloat16: {
    bytes: 2,
    decode: (bytes) =>
      new Float32Array(Uint32Array.from(new Uint16Array(own(bytes)), (half) => half << 16).buffer),
  },
  int64: { bytes: 8, decode: (bytes) => Float32Array.from(new BigInt64Array(own(bytes)), Number) },
  int32: { bytes: 4, decode: (bytes) => Float32Array.from(new Int32Array(own(bytes))) },
  int16: { bytes: 2, decode: (bytes) => Float32Array.from(new Int16Array(own(bytes))) },
  int8: { bytes: 1, decode: (bytes) => Float32Array.from(new Int8Array(own(bytes))) },
  uint8: { bytes: 1, decode: (bytes) => Float32Array.from(bytes) },
} as const satisfies Record<string, ElementType>;
