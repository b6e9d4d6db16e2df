/** Features on disk, so that each image passes through an encoder once. */
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { EncoderShape } from "@plumage/models";
import { openSafetensors, repositoryRoot, sha256, writeSafetensors } from "@plumage/models/node";
import { z } from "zod";

const format = "plumage-features/1";
const suffix = ".safetensors";
/** Features in one file, at most: what an interrupted run may lose. */
const rowsPerFile = 512;

/** safetensors metadata holds texts only: the digests of the rows, separated by spaces. */
const metadataSchema = z.object({ format: z.literal(format), keys: z.string() });

/** The folder with the features of one encoder, identified by its digest and its resize steps. */
export const featureFolder = ({ encoder, resize }: EncoderShape): string =>
  join(
    repositoryRoot(),
    "train",
    "data",
    "features",
    sha256(Buffer.from(`${encoder.sha256} ${JSON.stringify(resize)}`)).slice(0, 16),
  );

/** Features by the digest of what was encoded. */
export class FeatureCache {
  readonly #folder: string;
  readonly #length: number;
  readonly #rows = new Map<string, Float32Array>();
  #unsaved: string[] = [];
  #files: number;

  private constructor(folder: string, length: number, files: number) {
    this.#folder = folder;
    this.#length = length;
    this.#files = files;
  }

  /**
   * Opens a cache. Files that are damaged or of another format are deleted.
   *
   * @param length of an image's features
   * @param wanted digests of the rows to read
   */
  static async open(
    folder: string,
    length: number,
    wanted: ReadonlySet<string>,
  ): Promise<FeatureCache> {
    await mkdir(folder, { recursive: true });
    const names = await readdir(folder);
    const numbers = names.map((name) => Number.parseInt(name, 10)).filter(Number.isInteger);
    const cache = new FeatureCache(folder, length, 1 + Math.max(-1, ...numbers));
    for (const name of names.filter((each) => each.endsWith(suffix))) {
      const path = join(folder, name);
      if (!(await cache.#read(path, wanted).catch(() => false))) await rm(path, { force: true });
    }
    return cache;
  }

  async #read(path: string, wanted: ReadonlySet<string>): Promise<boolean> {
    const { tensors, metadata } = await openSafetensors(path);
    const parsed = metadataSchema.safeParse(metadata);
    const stored = tensors.get("features");
    if (!parsed.success || !stored || stored.shape[1] !== this.#length) return false;
    const keys = parsed.data.keys.split(" ");
    if (keys.length !== stored.shape[0]) return false;
    if (!keys.some((key) => wanted.has(key))) return true;
    const data = await stored.read();
    for (const [row, key] of keys.entries())
      if (wanted.has(key))
        this.#rows.set(key, data.slice(row * this.#length, (row + 1) * this.#length));
    return true;
  }

  get(key: string): Float32Array | undefined {
    return this.#rows.get(key);
  }

  /** Adds features; writes a file whenever enough are new. */
  async add(key: string, features: Float32Array): Promise<void> {
    this.#rows.set(key, features);
    this.#unsaved.push(key);
    if (this.#unsaved.length >= rowsPerFile) await this.save();
  }

  /** Writes what is new. */
  async save(): Promise<void> {
    const keys = this.#unsaved;
    if (keys.length === 0) return;
    const data = new Float32Array(keys.length * this.#length);
    for (const [row, key] of keys.entries()) data.set(this.#rows.get(key)!, row * this.#length);
    const path = join(this.#folder, `${this.#files++}${suffix}`);
    const tensors = new Map([["features", { shape: [keys.length, this.#length], data }]]);
    await writeSafetensors(path, tensors, { format, keys: keys.join(" ") });
    this.#unsaved = [];
  }
}
