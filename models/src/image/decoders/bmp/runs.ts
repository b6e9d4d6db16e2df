/** Decodes the runs of compressed bitmaps, RLE4 and RLE8 (Microsoft's "Bitmap Compression"). */
import type { BmpHeader } from "./header.ts";

const escapes = { endOfRow: 0, endOfImage: 1, move: 2 } as const;

/**
 * Decodes runs to RGB. Pixels that are skipped stay white, as browsers leave them transparent.
 *
 * @throws Error if the data ends before the image does
 */
export function decodeRuns(
  data: Uint8Array,
  { width, height, isTopDown, bits, palette }: BmpHeader,
): Uint8Array {
  const rgb = new Uint8Array(width * height * 3).fill(255);
  let at = 0;
  let x = 0;
  let y = 0;
  const next = (): number => {
    const byte = data[at++];
    if (byte === undefined) throw new Error("it ends before its last row");
    return byte;
  };
  const put = (index: number): void => {
    if (x < width && y < height) {
      const row = isTopDown ? y : height - 1 - y;
      rgb.set(palette.subarray(index * 3, index * 3 + 3), (row * width + x) * 3);
    }
    x++;
  };
  /** The i-th index of a byte, or of a sequence of bytes that starts with it. */
  const indexIn = (byte: number, i: number) =>
    bits === 8 ? byte : i % 2 === 0 ? byte >> 4 : byte & 15;
  while (y < height) {
    const count = next();
    const value = next();
    if (count > 0) {
      for (let i = 0; i < count; i++) put(indexIn(value, i));
    } else if (value === escapes.endOfRow) {
      x = 0;
      y++;
    } else if (value === escapes.endOfImage) break;
    else if (value === escapes.move) {
      x += next();
      y += next();
    } else {
      const start = at;
      for (let i = 0, byte = 0; i < value; i++) {
        if (bits === 8 || i % 2 === 0) byte = next();
        put(indexIn(byte, i));
      }
      // Literal pixels are padded to 16 bits.
      if ((at - start) % 2 === 1) at++;
    }
  }
  return rgb;
}
