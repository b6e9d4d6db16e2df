/** Brings a catalogue in line with a list of items: embeds what is new or changed, removes what is gone. What was uploaded stays. */
import { readFile, stat } from "node:fs/promises";
import type { Item } from "@plumage/models";
import { progress } from "@plumage/models/node";
import type { Catalogue, CatalogueItem, NewItem } from "../catalogue/catalogue.ts";
import type { Embedder } from "../embedder/embedder.ts";
import { modelPixels } from "../picture.ts";

export interface IndexResult {
  readonly embedded: number;
  readonly unchanged: number;
  readonly removed: number;
  /** Pictures that cannot be read, and why. */
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
}

/** Pictures in work at a time: some are decoded while others are embedded. */
const inWork = 32;

const same = (known: CatalogueItem, item: Item, bytes: number, modified: number): boolean =>
  known.path === item.path &&
  known.label === item.label &&
  known.source === item.source &&
  known.bytes === bytes &&
  known.modified === modified &&
  JSON.stringify(known.box) === JSON.stringify(item.box);

/**
 * Interrupted, it leaves a catalogue of whole items and goes on from there the next time.
 *
 * @returns what was done; undefined if the signal stopped it
 */
export async function indexItems(
  catalogue: Catalogue,
  embedder: Embedder,
  items: readonly Item[],
  signal: AbortSignal,
): Promise<IndexResult | undefined> {
  const skipped: { path: string; reason: string }[] = [];
  const changed: { item: Item; bytes: number; modified: number }[] = [];
  let unchanged = 0;
  for (const item of items) {
    const file = await stat(item.path).catch(() => undefined);
    if (!file) {
      skipped.push({ path: item.path, reason: "the file is missing" });
      continue;
    }
    const known = catalogue.byId(item.id);
    if (known && same(known, item, file.size, file.mtimeMs)) unchanged++;
    else changed.push({ item, bytes: file.size, modified: file.mtimeMs });
  }
  const missing = skipped.length;
  const bar = progress("embedding", items.length, "pictures", unchanged + missing);
  for (let start = 0; start < changed.length && !signal.aborted; start += inWork) {
    const part = changed.slice(start, start + inWork);
    const done = await Promise.all(
      part.map(async ({ item, bytes, modified }): Promise<NewItem | undefined> => {
        try {
          const { pixels } = await modelPixels(await readFile(item.path), embedder.manifest, item.box);
          const { embedding } = await embedder.embed(pixels);
          const { id, label, path, box, source } = item;
          return { id, label, path, box, source, metadata: {}, uploaded: false, bytes, modified, embedding };
        } catch (error) {
          skipped.push({ path: item.path, reason: (error as Error).message });
          return undefined;
        }
      }),
    );
    catalogue.put(done.filter((item) => item !== undefined));
    bar.advance(part.length);
  }
  bar.finish();
  if (signal.aborted) return undefined;
  const readable = new Set(items.map((item) => item.id));
  const unreadable = new Set(skipped.map(({ path }) => path));
  for (const item of items) if (unreadable.has(item.path)) readable.delete(item.id);
  const gone = catalogue.ids({ uploaded: false }).filter((id) => !readable.has(id));
  catalogue.remove(gone);
  return { embedded: changed.length - (skipped.length - missing), unchanged, removed: gone.length, skipped };
}
