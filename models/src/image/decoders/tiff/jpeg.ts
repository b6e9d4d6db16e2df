/**
 * TIFF images whose strips or tiles are JPEGs (TIFF Technical Note 2), which the runtime's own JPEG
 * decoder reads: sharp and browsers agree on JPEG, bit for bit.
 */
import type { RgbImage } from "../../image.ts";
import { unsupported } from "../reasons.ts";
import { type Directory, tags } from "./directory.ts";
import { type Block, type Layout, photometric, readBlocks } from "./layout.ts";

/** @throws PlumageError "bad-image" for more pixels than allowed, or a damaged file */
export type DecodeJpeg = (bytes: Uint8Array<ArrayBuffer>, maxPixels: number) => Promise<RgbImage>;

/** Kinds of colors, and the color transform that Adobe's marker names for them. */
const transforms: Readonly<Record<number, number | undefined>> = {
  [photometric.rgb]: 0,
  [photometric.yCbCr]: 1,
  [photometric.blackIsZero]: undefined,
};

/** Decodes all strips or tiles. @returns RGB */
export async function decodeJpegBlocks(
  bytes: Uint8Array,
  directory: Directory,
  layout: Layout,
  decodeJpeg: DecodeJpeg,
): Promise<Uint8Array> {
  const { width, height, samplesPerPixel } = layout;
  const samples = layout.photometric === photometric.blackIsZero ? 1 : 3;
  if (!(layout.photometric in transforms) || samplesPerPixel !== samples)
    throw unsupported("TIFF", "JPEG compression of colors other than RGB or gray");
  if (layout.samplesPerBlock !== samplesPerPixel)
    throw unsupported("TIFF", "JPEG compression of separate colors");
  const tables = directory.bytes(tags.jpegTables);
  const rgb = new Uint8Array(width * height * 3);
  for (const block of readBlocks(directory, layout)) {
    const end = block.offset + block.byteCount;
    if (end > bytes.length) throw new Error("it ends before its last row");
    const stream = bytes.subarray(block.offset, end);
    const file = completeJpeg(stream, tables, transforms[layout.photometric]);
    copyBlock(await decodeJpeg(file, block.width * block.height), block, layout, rgb);
  }
  return rgb;
}

/** A JPEG file from a stream that leaves its tables to the directory. */
function completeJpeg(
  stream: Uint8Array,
  tables: Uint8Array | undefined,
  transform: number | undefined,
): Uint8Array<ArrayBuffer> {
  // "Adobe", version 100, flags, transform (Adobe's Technical Note 5116, section 18).
  const marker = [0xff, 0xee, 0, 14, 65, 100, 111, 98, 101, 0, 100, 0, 0, 0, 0, transform ?? 0];
  const parts = [
    Uint8Array.of(0xff, 0xd8),
    Uint8Array.from(transform === undefined ? [] : marker),
    // Without their start and end.
    tables?.subarray(2, -2) ?? new Uint8Array(),
    stream.subarray(2),
  ];
  const file = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}

function copyBlock(image: RgbImage, block: Block, layout: Layout, rgb: Uint8Array): void {
  const columns = Math.min(block.width, layout.width - block.x);
  const rows = Math.min(block.height, layout.height - block.y);
  if (image.width < columns || image.height < rows)
    throw new Error("a part of it is smaller than it says");
  for (let y = 0; y < rows; y++) {
    const from = y * image.width * 3;
    const to = ((block.y + y) * layout.width + block.x) * 3;
    rgb.set(image.data.subarray(from, from + columns * 3), to);
  }
}
