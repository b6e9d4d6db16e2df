/** Decodes bitmaps (BMP), as Chromium shows them. */
import type { RgbImage } from "../../image.ts";
import { checkPixels } from "../../sizeLimits.ts";
import { overWhite } from "../overWhite.ts";
import { type BmpHeader, compressions, type Mask, readBmpHeader } from "./header.ts";
import { decodeRuns } from "./runs.ts";

/**
 * Decodes a bitmap to sRGB on white. Profiles of version 5 headers are ignored, as browsers do.
 *
 * @throws PlumageError "bad-image" for too many pixels or a compression that is not supported
 * @throws Error that says how the file is damaged
 */
export function decodeBmp(bytes: Uint8Array, maxPixels: number): RgbImage {
  const header = readBmpHeader(bytes);
  const { width, height, bits, compression } = header;
  checkPixels(header, maxPixels);
  if (compression === compressions.rle8 || compression === compressions.rle4)
    return { width, height, data: decodeRuns(bytes.subarray(header.offset), header) };
  const stride = Math.ceil((width * bits) / 32) * 4;
  const pixels = bytes.subarray(header.offset);
  // Some programs leave out the padding of the last row.
  if (pixels.length < stride * (height - 1) + Math.ceil((width * bits) / 8))
    throw new Error("it ends before its last row");
  const rowOf = (y: number) => {
    const row = header.isTopDown ? y : height - 1 - y;
    return pixels.subarray(row * stride, (row + 1) * stride);
  };
  if (bits <= 8) return { width, height, data: fromPalette(header, rowOf) };
  if (bits === 24) return { width, height, data: fromBgr(header, rowOf) };
  return { width, height, data: fromMasks(header, rowOf) };
}

type Rows = (y: number) => Uint8Array;

function fromPalette({ width, height, bits, palette }: BmpHeader, rowOf: Rows): Uint8Array {
  const data = new Uint8Array(width * height * 3);
  const perByte = 8 / bits;
  const mask = 2 ** bits - 1;
  for (let y = 0, to = 0; y < height; y++) {
    const row = rowOf(y);
    for (let x = 0; x < width; x++, to += 3) {
      const byte = row[Math.floor(x / perByte)]!;
      const index = (byte >> (8 - bits - (x % perByte) * bits)) & mask;
      data.set(palette.subarray(index * 3, index * 3 + 3), to);
    }
  }
  return data;
}

function fromBgr({ width, height }: BmpHeader, rowOf: Rows): Uint8Array {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, to = 0; y < height; y++) {
    const row = rowOf(y);
    for (let from = 0; from < width * 3; from += 3, to += 3) {
      data[to] = row[from + 2]!;
      data[to + 1] = row[from + 1]!;
      data[to + 2] = row[from]!;
    }
  }
  return data;
}

function fromMasks({ width, height, bits, masks }: BmpHeader, rowOf: Rows): Uint8Array {
  const rgba = new Uint8Array(width * height * 4);
  const [red, green, blue, alpha] = masks;
  let isVisible = false;
  for (let y = 0, to = 0; y < height; y++) {
    const row = rowOf(y);
    const view = new DataView(row.buffer, row.byteOffset, row.byteLength);
    for (let x = 0; x < width; x++, to += 4) {
      const pixel = bits === 16 ? view.getUint16(2 * x, true) : view.getUint32(4 * x, true);
      rgba[to] = channel(pixel, red);
      rgba[to + 1] = channel(pixel, green);
      rgba[to + 2] = channel(pixel, blue);
      rgba[to + 3] = alpha.max === 0 ? 255 : channel(pixel, alpha);
      isVisible ||= rgba[to + 3] !== 0;
    }
  }
  // Many programs leave all of alpha at zero and mean an opaque image.
  if (!isVisible) for (let at = 3; at < rgba.length; at += 4) rgba[at] = 255;
  return overWhite(rgba, 127);
}

const channel = (pixel: number, { shift, max }: Mask): number =>
  max === 0 ? 0 : Math.round((((pixel >>> shift) & max) * 255) / max);
