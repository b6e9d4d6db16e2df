/** Reads the first image file directory of a TIFF file (TIFF 6.0, section 2). */

/** Tags in use. */
export const tags = {
  subfileType: 254,
  width: 256,
  height: 257,
  bitsPerSample: 258,
  compression: 259,
  photometric: 262,
  fillOrder: 266,
  stripOffsets: 273,
  orientation: 274,
  samplesPerPixel: 277,
  rowsPerStrip: 278,
  stripByteCounts: 279,
  planarConfiguration: 284,
  predictor: 317,
  colorMap: 320,
  tileWidth: 322,
  tileHeight: 323,
  tileOffsets: 324,
  tileByteCounts: 325,
  extraSamples: 338,
  sampleFormat: 339,
  jpegTables: 347,
  iccProfile: 34675,
  dngVersion: 50706,
} as const;

/** Bytes of a value, by type; values of other types are not read. */
const typeBytes: Readonly<Record<number, number>> = { 1: 1, 3: 2, 4: 4, 7: 1 };

const entryBytes = 12;

interface Entry {
  readonly type: number;
  readonly count: number;
  /** Of the first value, in the file. */
  readonly offset: number;
}

/** The tags of an image. Values that lie outside the file are RangeErrors. */
export class Directory {
  readonly isLittleEndian: boolean;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #entries = new Map<number, Entry>();

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.isLittleEndian = bytes[0] === 0x49;
    const start = this.#view.getUint32(4, this.isLittleEndian);
    const count = this.#view.getUint16(start, this.isLittleEndian);
    for (let i = 0; i < count; i++) this.#readEntry(start + 2 + i * entryBytes);
  }

  has(tag: number): boolean {
    return this.#entries.has(tag);
  }

  /** The first value of a tag, or the default that the standard gives it. */
  number(tag: number, absent: number): number {
    return this.numbers(tag)[0] ?? absent;
  }

  /** All values of a tag; none if it is absent. */
  numbers(tag: number): number[] {
    const entry = this.#entries.get(tag);
    if (!entry) return [];
    const { type, count, offset } = entry;
    const bytes = typeBytes[type]!;
    // Before an array is allocated: a count of billions costs nothing to write.
    if (offset + count * bytes > this.#bytes.length) throw new RangeError(`tag ${tag}`);
    return Array.from({ length: count }, (_, i) => this.#value(offset + i * bytes, bytes));
  }

  /** The values of a tag of bytes. */
  bytes(tag: number): Uint8Array | undefined {
    const entry = this.#entries.get(tag);
    if (!entry) return undefined;
    const { count, offset } = entry;
    if (offset + count > this.#bytes.length) throw new RangeError(`tag ${tag}`);
    return this.#bytes.subarray(offset, offset + count);
  }

  #readEntry(at: number): void {
    const tag = this.#view.getUint16(at, this.isLittleEndian);
    const type = this.#view.getUint16(at + 2, this.isLittleEndian);
    const count = this.#view.getUint32(at + 4, this.isLittleEndian);
    const bytes = typeBytes[type];
    if (bytes === undefined) return;
    // Values of four bytes or less are in the entry itself.
    const inline = bytes * count <= 4;
    const offset = inline ? at + 8 : this.#view.getUint32(at + 8, this.isLittleEndian);
    this.#entries.set(tag, { type, count, offset });
  }

  #value(at: number, bytes: number): number {
    if (bytes === 1) return this.#view.getUint8(at);
    return bytes === 2
      ? this.#view.getUint16(at, this.isLittleEndian)
      : this.#view.getUint32(at, this.isLittleEndian);
  }
}
