/** The zip archives of torch.save: a pickle, and a file for each storage, all uncompressed. */
import { buffer } from "node:stream/consumers";
import { type Entry, openPromise, type ZipFile } from "yauzl";

/** Entries of an archive; a model of 100 layers has about a thousand. */
const maxEntries = 100_000;

/** Reads the files of an archive, or parts of them. Its errors are RangeErrors. */
export class TorchZip {
  readonly #zip: ZipFile;
  readonly #entries: ReadonlyMap<string, Entry>;

  private constructor(zip: ZipFile, entries: ReadonlyMap<string, Entry>) {
    this.#zip = zip;
    this.#entries = entries;
  }

  static async open(path: string): Promise<TorchZip> {
    const zip = await openPromise(path, { autoClose: false }).catch(damaged);
    try {
      return new TorchZip(zip, await entriesOf(zip).catch(damaged));
    } catch (error) {
      zip.close();
      throw error;
    }
  }
  close(): void {
    this.#zip.close();
  }

  get names(): string[] {
    return [...this.#entries.keys()];
  }
  /** The length of a file in bytes. */
  size(name: string): number {
    return this.#entry(name).uncompressedSize;
  }

  async read(name: string, start = 0, length = this.size(name)): Promise<Buffer> {
    const entry = this.#entry(name);
    if (start + length > entry.uncompressedSize) throw new RangeError(`${name} is truncated`);
    if (length === 0) return Buffer.alloc(0);
    const options = { start, end: start + length };
    const bytes = await this.#zip
      .openReadStreamPromise(entry, options)
      .then((stream) => buffer(stream))
      .catch(damaged);
    if (bytes.length !== length) throw new RangeError(`${name} is truncated`);
    return bytes;
  }

  #entry(name: string): Entry {
    const entry = this.#entries.get(name);
    if (!entry) throw new RangeError(`${name} is missing`);
    // A small archive can unpack to any size; torch.save never compresses.
    if (entry.compressionMethod !== 0 || entry.compressedSize !== entry.uncompressedSize)
      throw new RangeError(`${name} is compressed`);
    return entry;
  }
}

async function entriesOf(zip: ZipFile): Promise<ReadonlyMap<string, Entry>> {
  const entries = new Map<string, Entry>();
  for await (const entry of zip.eachEntry()) {
    if (entries.has(entry.fileName)) throw new RangeError(`it has two files ${entry.fileName}`);
    if (entries.size === maxEntries) throw new RangeError("it has too many files");
    entries.set(entry.fileName, entry);
  }
  return entries;
}

function damaged(error: Error): never {
  throw error instanceof RangeError ? error : new RangeError(error.message);
}
