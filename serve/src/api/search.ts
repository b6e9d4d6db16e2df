/** One search: pictures and words to a query vector, and what is nearest to it. */
import { PlumageError, refine } from "@plumage/models";
import type { Embedder } from "../embedder/embedder.ts";
import { modelPixels } from "../picture.ts";
import { type Gallery, nearestItems, type RankedItem } from "../searching/nearest.ts";
import { NotFound } from "./problem.ts";
import { conditionsOf, type SearchWords } from "./schemas.ts";
import type { Upload } from "./upload.ts";

/** Milliseconds that the stages of a search took; of several pictures, together. */
export interface StageTimes {
  decode: number;
  preprocess: number;
  embed: number;
  search: number;
}

/**
 * The first picture (or else the first item of `like`) is the query; other examples move it (refine: Rocchio's relevance
 * feedback). Items that are examples are not among the results.
 *
 * @throws PlumageError "bad-input" without any example to be like, NotFound for an item that is not there
 */
export async function search(
  { pictures, negatives }: Upload,
  { k, minScore, label = [], where = [], like = [], unlike = [], box }: SearchWords,
  { embedder, ...gallery }: Gallery & { readonly embedder: Embedder },
  sameModel: () => void,
): Promise<{ ranked: RankedItem[]; timings: StageTimes }> {
  if (pictures.length + like.length === 0) {
    throw new PlumageError(
      "bad-input",
      "there is no picture: the body is empty, or the form has no file in its field image",
      "send one, or name items in like",
    );
  }
  const timings: StageTimes = { decode: 0, preprocess: 0, embed: 0, search: 0 };
  const embedded = async (bytes: Uint8Array, part?: typeof box) => {
    const { pixels, decodeMs, preprocessMs } = await modelPixels(bytes, embedder.manifest, part);
    const { embedding, milliseconds } = await embedder.embed(pixels);
    timings.decode += decodeMs;
    timings.preprocess += preprocessMs;
    timings.embed += milliseconds;
    return embedding;
  };
  const stored = (id: string) => {
    const item = gallery.catalogue.byId(id);
    const embedding = item && gallery.catalogue.embedding(item.key);
    if (!embedding) throw new NotFound(`there is no item "${id}"`);
    return embedding;
  };
  const [wanted, unwanted] = [like.map(stored), unlike.map(stored)];
  const seen = await Promise.all(pictures.map((bytes, i) => embedded(bytes, i === 0 ? box : undefined)));
  const seenNegatives = await Promise.all(negatives.map((bytes) => embedded(bytes)));
  sameModel();
  const start = performance.now();
  const [first, ...more] = [...seen, ...wanted];
  const query = refine(first!, more, [...seenNegatives, ...unwanted]);
  const filter = { labels: label, metadata: conditionsOf(where) };
  const limits = { k, filter, ...(minScore === undefined ? {} : { minScore }), except: new Set([...like, ...unlike]) };
  const ranked = await nearestItems(query, limits, gallery);
  timings.search = performance.now() - start;
  return { ranked, timings };
}
