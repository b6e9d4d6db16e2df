/**
 * What is known about image files from an earlier look at them: a large data set is decoded in full
 * only once.
 */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Item } from "@plumage/models";
import { isMissing, readJson, repositoryRoot, sha256, writeFileWhole } from "@plumage/models/node";
import { z } from "zod";

const verdictSchema = z.object({
  bytes: z.int(),
  modified: z.number(),
  /** Left out where the image can be used. */
  problem: z.string().optional(),
});
const fileSchema = z.object({
  format: z.literal("plumage-verdicts/1"),
  verdicts: z.record(z.string(), verdictSchema),
});
type Verdict = z.infer<typeof verdictSchema>;

/** Where the verdicts on a data set's files are kept. */
export const verdictFile = (root: string): string =>
  join(
    repositoryRoot(),
    "train",
    "data",
    "checked",
    `${sha256(Buffer.from(root)).slice(0, 16)}.json`,
  );

const keyOf = ({ path, box }: Pick<Item, "path" | "box">): string =>
  box ? `${path} ${box.x},${box.y},${box.width},${box.height}` : path;

/** Verdicts by image and box; one of a file that has changed since does not count. */
export class Verdicts {
  readonly #path: string;
  readonly #known: Map<string, Verdict>;
  #changed = false;

  private constructor(path: string, known: Map<string, Verdict>) {
    this.#path = path;
    this.#known = known;
  }

  /** A file that is missing, damaged or of another version is begun anew. */
  static async open(path: string): Promise<Verdicts> {
    const file = await readJson(path, fileSchema).catch(() => undefined);
    return new Verdicts(path, new Map(Object.entries(file?.verdicts ?? {})));
  }

  /** The problem of an image, or undefined; looked up or found out by `look`. */
  async of(
    item: Pick<Item, "path" | "box">,
    look: (item: Pick<Item, "path" | "box">) => Promise<string | undefined>,
  ) {
    const status = await stat(item.path).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    });
    // Nothing to remember a missing file by.
    if (!status) return look(item);
    const known = this.#known.get(keyOf(item));
    if (known && known.bytes === status.size && known.modified === status.mtimeMs)
      return known.problem;
    const problem = await look(item);
    this.#known.set(keyOf(item), {
      bytes: status.size,
      modified: status.mtimeMs,
      ...(problem ? { problem } : {}),
    });
    this.#changed = true;
    return problem;
  }

  async save(): Promise<void> {
    if (!this.#changed) return;
    const file = {
      format: "plumage-verdicts/1" as const,
      verdicts: Object.fromEntries(this.#known),
    };
    await writeFileWhole(this.#path, JSON.stringify(file));
  }
}
