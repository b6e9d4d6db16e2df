/** Small files that cost much to decode. */
import sharp from "sharp";

/** A WebP of one color, as large as 16,383 x 16,383 pixels, in 38 bytes. */
export async function hugeWebp(width: number, height: number): Promise<Uint8Array<ArrayBuffer>> {
  const create = { width: 1, height: 1, channels: 3, background: "#369" } as const;
  const bytes = new Uint8Array(await sharp({ create }).webp({ lossless: true }).toBuffer());
  const view = new DataView(bytes.buffer);
  // 14 bits each for the sides of VP8L, less 1 (RFC 9649, 3.4).
  const flags = view.getUint32(21, true) & 0xf0000000;
  view.setUint32(21, flags | ((height - 1) << 14) | (width - 1), true);
  return bytes;
}
