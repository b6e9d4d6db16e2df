/**
 * Reads the headers of a bitmap: OS/2 1.x and 2.x, and Windows' BITMAPINFOHEADER to BITMAPV5HEADER
 * (Microsoft's "Bitmap Header Types").
 */
import { unsupported } from "../reasons.ts";

const fileHeaderBytes = 14;
const headerSize = { os2: 12, info: 40, alphaMask: 56 } as const;

export const compressions = { none: 0, rle8: 1, rle4: 2, bitFields: 3, alphaBitFields: 6 } as const;

/** Bits of a pixel that are one channel. */
export interface Mask {
  readonly shift: number;
  /** The largest value; 0 if the channel is absent. */
  readonly max: number;
}

export interface BmpHeader {
  readonly width: number;
  readonly height: number;
  readonly isTopDown: boolean;
  readonly bits: number;
  readonly compression: number;
  /** RGB of each index; for 8 bits or less. */
  readonly palette: Uint8Array;
  /** Red, green, blue and alpha; for 16 and 32 bits. */
  readonly masks: readonly [Mask, Mask, Mask, Mask];
  /** Where the pixels begin. */
  readonly offset: number;
}

/** @throws RangeError if the file ends within its headers; Error if they are contradictory */
export function readBmpHeader(bytes: Uint8Array): BmpHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = view.getUint32(fileHeaderBytes, true);
  const isOs2 = size === headerSize.os2;
  if (!isOs2 && size < 16) throw new Error(`its header has ${size} bytes`);
  const [width, signedHeight, bits] = isOs2
    ? [view.getUint16(18, true), view.getInt16(20, true), view.getUint16(24, true)]
    : [view.getInt32(18, true), view.getInt32(22, true), view.getUint16(28, true)];
  if (width <= 0 || signedHeight === 0) throw new Error("it has no pixels");
  // Headers of OS/2 2.x may end early.
  const field = (at: number) => (at + 4 <= fileHeaderBytes + size ? view.getUint32(at, true) : 0);
  const compression = field(30);
  checkEncoding(bits, compression);
  const hasMasks =
    compression === compressions.bitFields || compression === compressions.alphaBitFields;
  const maskBytes = size !== headerSize.info || !hasMasks ? 0 : compression === 3 ? 12 : 16;
  return {
    width,
    height: Math.abs(signedHeight),
    isTopDown: signedHeight < 0,
    bits,
    compression,
    palette: readPalette(view, {
      at: fileHeaderBytes + size + maskBytes,
      entryBytes: isOs2 ? 3 : 4,
      count: bits > 8 ? 0 : Math.min(field(46) || 2 ** bits, 2 ** bits),
      length: 2 ** Math.min(bits, 8),
    }),
    masks: hasMasks ? readMasks(view, size, compression) : defaultMasks(bits),
    offset: view.getUint32(10, true),
  };
}

function checkEncoding(bits: number, compression: number): void {
  const allowed: Readonly<Record<number, readonly number[]>> = {
    [compressions.none]: [1, 2, 4, 8, 16, 24, 32],
    [compressions.rle8]: [8],
    [compressions.rle4]: [4],
    [compressions.bitFields]: [16, 32],
    [compressions.alphaBitFields]: [16, 32],
  };
  const depths = allowed[compression];
  if (!depths) throw unsupported("BMP", `compression ${compression}`);
  if (!depths.includes(bits)) throw new Error(`${bits} bits per pixel do not fit its compression`);
}

function readPalette(
  view: DataView,
  place: { at: number; entryBytes: number; count: number; length: number },
): Uint8Array {
  const palette = new Uint8Array(place.length * 3);
  for (let i = 0; i < place.count; i++) {
    // Stored as blue, green, red.
    for (let channel = 0; channel < 3; channel++)
      palette[i * 3 + channel] = view.getUint8(place.at + i * place.entryBytes + 2 - channel);
  }
  return palette;
}

/** The masks follow the first 40 bytes of the header, whether they belong to it or not. */
function readMasks(view: DataView, size: number, compression: number): BmpHeader["masks"] {
  const hasAlpha =
    size >= headerSize.alphaMask || compression === compressions.alphaBitFields ? 4 : 3;
  return [0, 1, 2, 3].map((i) =>
    maskOf(i < hasAlpha ? view.getUint32(fileHeaderBytes + headerSize.info + 4 * i, true) : 0),
  ) as unknown as BmpHeader["masks"];
}

const defaultMasks = (bits: number): BmpHeader["masks"] =>
  bits === 16
    ? [maskOf(0x7c00), maskOf(0x03e0), maskOf(0x001f), maskOf(0)]
    : [maskOf(0xff0000), maskOf(0xff00), maskOf(0xff), maskOf(0)];

function maskOf(bits: number): Mask {
  if (bits === 0) return { shift: 0, max: 0 };
  const shift = 31 - Math.clz32(bits & -bits);
  const max = bits >>> shift;
  if (((max + 1) & max) !== 0) throw new Error("its color masks have gaps");
  return { shift, max };
}
