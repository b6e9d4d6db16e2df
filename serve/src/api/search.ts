/** One search: images and words to a query vector, and what is nearest to it. */
import { PlumageError, refine } from "@plumage/models";
import type { Collection, RankedItem } from "../collection/collection.ts";
import type { Embedder } from "../embedder/embedder.ts";
import type { ImageReader } from "../images/imageReader.ts";
import { NotFound } from "./problems/problem.ts";
import { conditionsOf, type SearchWords } from "./schemas.ts";
import type { Upload } from "./upload/readUpload.ts";

/** Milliseconds that the stages of a search took; of several images, together. */
export interface StageTimes {
  decode: number;
  preprocess: number;
  embed: number;
  search: number;
}

/**
 * The first image (or else the first item of `like`) is the query; other examples move it (refine:
 * Rocchio's relevance feedback). Items that are examples are not among the results.
 *
 * @throws PlumageError "bad-input" without any example to be like, NotFound for an item that is not
 * there
 */
export async function search(
  { images, negatives }: Upload,
  { k, minScore, label = [], where = [], like = [], unlike = [], box }: SearchWords,
  {
    embedder,
    reader,
    collection,
  }: { readonly embedder: Embedder; readonly reader: ImageReader; readonly collection: Collection },
): Promise<{ ranked: RankedItem[]; timings: StageTimes }> {
  if (images.length + like.length === 0) {
    throw new PlumageError(
      "bad-input",
      "there is no image: the body is empty, or the form has no file in its field image",
      "send one, or name items in like",
    );
  }
  const timings: StageTimes = { decode: 0, preprocess: 0, embed: 0, search: 0 };
  const embedded = async (bytes: Uint8Array, part?: typeof box) => {
    const { pixels, decodeMs, preprocessMs } = await reader.read(bytes, part);
    const { embedding, milliseconds } = await embedder.embed(pixels);
    timings.decode += decodeMs;
    timings.preprocess += preprocessMs;
    timings.embed += milliseconds;
    return embedding;
  };
  const ids = [...like, ...unlike];
  const stored = (ids.length > 0 ? await collection.embeddings(ids) : []).map((embedding, i) => {
    if (!embedding) throw new NotFound(`there is no item "${ids[i]}"`);
    return embedding;
  });
  const [wanted, unwanted] = [stored.slice(0, like.length), stored.slice(like.length)];
  const seen = await Promise.all(
    images.map((bytes, i) => embedded(bytes, i === 0 ? box : undefined)),
  );
  const seenNegatives = await Promise.all(negatives.map((bytes) => embedded(bytes)));
  const start = performance.now();
  const [first, ...more] = [...seen, ...wanted];
  const query = refine(first!, more, [...seenNegatives, ...unwanted]);
  const filter = { labels: label, metadata: conditionsOf(where) };
  const limits = {
    k,
    filter,
    ...(minScore === undefined ? {} : { minScore }),
    except: new Set(ids),
  };
  const ranked = await collection.nearest(query, limits);
  timings.search = performance.now() - start;
  return { ranked, timings };
}
