/** Turns decompressed strips and tiles into samples of 8 bits. */
import type { Block, Layout } from "./layout.ts";

/** Bytes of a row of a block; rows start on whole bytes. */
export const rowBytes = ({ samplesPerBlock, bits, blockWidth }: Layout): number =>
  Math.ceil((blockWidth * samplesPerBlock * bits) / 8);

/** Adds to each sample the one of the pixel on its left, in place (TIFF 6.0, section 14). */
export function undoPredictor(data: Uint8Array, layout: Layout): void {
  const { samplesPerBlock, bits, isLittleEndian } = layout;
  const bytes = rowBytes(layout);
  const step = samplesPerBlock * (bits / 8);
  for (let row = 0; row < data.length; row += bytes) {
    if (bits === 8) {
      for (let at = row + step; at < row + bytes; at++) data[at] = data[at]! + data[at - step]!;
      continue;
    }
    const view = new DataView(data.buffer, data.byteOffset + row, bytes);
    for (let at = step; at < bytes; at += 2) {
      const sum = view.getUint16(at, isLittleEndian) + view.getUint16(at - step, isLittleEndian);
      view.setUint16(at, sum & 0xffff, isLittleEndian);
    }
  }
}

/**
 * Copies a block's part of the image.
 *
 * @param data decompressed, without a predictor
 * @param samples of the whole image, samplesPerPixel for each pixel; those of 16 bits are truncated
 *   to 8, shorter ones are left as they are
 */
export function copySamples(
  data: Uint8Array,
  block: Block,
  layout: Layout,
  samples: Uint8Array,
): void {
  const { width, height, bits, samplesPerPixel, samplesPerBlock, isLittleEndian } = layout;
  const columns = Math.min(block.width, width - block.x);
  const rows = Math.min(block.height, height - block.y);
  const bytes = rowBytes(layout);
  const most = bits === 16 && isLittleEndian ? 1 : 0;
  for (let y = 0; y < rows; y++) {
    const row = data.subarray(y * bytes, (y + 1) * bytes);
    let to = ((block.y + y) * width + block.x) * samplesPerPixel + block.sample;
    for (let x = 0, i = 0; x < columns; x++, to += samplesPerPixel) {
      for (let sample = 0; sample < samplesPerBlock; sample++, i++)
        samples[to + sample] = bits >= 8 ? row[i * (bits / 8) + most]! : bitsAt(row, i, bits);
    }
  }
}

function bitsAt(row: Uint8Array, i: number, bits: number): number {
  const at = i * bits;
  return (row[at >> 3]! >> (8 - bits - (at & 7))) & (2 ** bits - 1);
}
