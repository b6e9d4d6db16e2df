/** Decodes TIFF's variant of LZW: most significant bit first, with early change (TIFF 6.0, 13). */

const clear = 256;
const endOfData = 257;
const firstFree = 258;
const tableSize = 4096;

/**
 * Decodes at most `length` bytes.
 *
 * @returns fewer if the data ends early
 * @throws Error for a code that has no meaning yet
 */
export function decodeLzw(data: Uint8Array, length: number): Uint8Array {
  const output = new Uint8Array(length);
  // A code is the text of another code and one more byte.
  const prefixes = new Uint16Array(tableSize);
  const suffixes = Uint8Array.from({ length: tableSize }, (_, code) => code & 255);
  const lengths = new Uint16Array(tableSize).fill(1, 0, clear);
  let free = firstFree;
  let width = 9;
  let previous = -1;
  let written = 0;
  let buffer = 0;
  let buffered = 0;
  /** Writes the text of a code, from its end. @returns its first byte */
  const write = (code: number): number => {
    let at = written + lengths[code]! - 1;
    written += lengths[code]!;
    let rest = code;
    for (; rest >= firstFree; rest = prefixes[rest]!) {
      if (at < length) output[at] = suffixes[rest]!;
      at--;
    }
    if (at < length) output[at] = rest;
    return rest;
  };
  for (let at = 0; at < data.length && written < length; ) {
    buffer = ((buffer << 8) | data[at++]!) & 0xffffff;
    buffered += 8;
    if (buffered < width) continue;
    buffered -= width;
    const code = (buffer >> buffered) & (2 ** width - 1);
    if (code === endOfData) break;
    if (code === clear) {
      free = firstFree;
      width = 9;
      previous = -1;
      continue;
    }
    const isKnown = code < clear || (code >= firstFree && code < free);
    const isNext = code === free && previous >= 0;
    if (!isKnown && !isNext) throw new Error("its LZW data is damaged");
    if (previous >= 0 && free < tableSize) {
      prefixes[free] = previous;
      lengths[free] = lengths[previous]! + 1;
      suffixes[free] = firstByte(isKnown ? code : previous, prefixes);
      free++;
    }
    write(code);
    previous = code;
    if (free >= 2 ** width - 1 && width < 12) width++;
  }
  return output.subarray(0, Math.min(written, length));
}

function firstByte(code: number, prefixes: Uint16Array): number {
  let first = code;
  while (first >= firstFree) first = prefixes[first]!;
  return first;
}
