/** Remembers the result of checking each image file, so that a data set is decoded once. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Item } from "@plumage/models";
import { isMissing, readJson, repositoryRoot, sha256, writeFileWhole } from "@plumage/models/node";
import { z } from "zod";

const checkResultSchema = z.object({
  bytes: z.int(),
  modified: z.number(),
  /** Absent if the image is usable. */
  problem: z.string().optional(),
});
const format = "plumage-verdicts/2";
const fileSchema = z.object({
  format: z.literal(format),
  verdicts: z.record(z.string(), checkResultSchema),
});
type CheckResult = z.infer<typeof checkResultSchema>;
type ImageRegion = Pick<Item, "path" | "box">;

/** The cache file of a data set, identified by its root folder. */
export const checkCacheFile = (root: string): string =>
  join(
    repositoryRoot(),
    "train",
    "data",
    "checked",
    `${sha256(Buffer.from(root)).slice(0, 16)}.json`,
  );

const keyOf = ({ path, box }: ImageRegion): string =>
  box ? `${path} ${box.x},${box.y},${box.width},${box.height}` : path;

/** Check results by file and box. A file's length and modification time invalidate its entries. */
export class CheckCache {
  readonly #path: string;
  readonly #results: Map<string, CheckResult>;
  #changed = false;

  private constructor(path: string, results: Map<string, CheckResult>) {
    this.#path = path;
    this.#results = results;
  }

  /** Opens the cache; a missing, damaged or outdated file counts as empty. */
  static async open(path: string): Promise<CheckCache> {
    const file = await readJson(path, fileSchema).catch(() => undefined);
    return new CheckCache(path, new Map(Object.entries(file?.verdicts ?? {})));
  }

  /** Returns the cached problem of an image, or runs `check` and caches its result. */
  async problemOf(
    item: ImageRegion,
    check: (item: ImageRegion) => Promise<string | undefined>,
  ): Promise<string | undefined> {
    const status = await stat(item.path).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    });
    if (!status) return check(item);
    const cached = this.#results.get(keyOf(item));
    if (cached && cached.bytes === status.size && cached.modified === status.mtimeMs)
      return cached.problem;
    const problem = await check(item);
    this.#results.set(keyOf(item), {
      bytes: status.size,
      modified: status.mtimeMs,
      ...(problem ? { problem } : {}),
    });
    this.#changed = true;
    return problem;
  }

  async save(): Promise<void> {
    if (!this.#changed) return;
    const verdicts = Object.fromEntries(this.#results);
    await writeFileWhole(this.#path, JSON.stringify({ format, verdicts }));
  }
}
