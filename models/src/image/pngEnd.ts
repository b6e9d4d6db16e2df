/** Detects PNG files that stop before their last chunk. */

/** Length, type and checksum: a chunk without its data. */
const emptyChunk = 12;

/**
 * Whether a PNG file has its IEND chunk (PNG specification, third edition, 11.2.5). Browsers reject
 * a file without it; libpng reads all pixels and does not miss it. Bytes behind it do not matter.
 *
 * @param bytes a file with a PNG signature
 */
export function hasPngEnd(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 8;
  while (at + emptyChunk <= bytes.length) {
    if (String.fromCharCode(...bytes.subarray(at + 4, at + 8)) === "IEND") return true;
    at += emptyChunk + view.getUint32(at);
  }
  return false;
}
