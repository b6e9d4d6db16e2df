/** Search by example: embeds the images, combines them into a query vector, and searches. */
import { PlumageError, refine } from "@plumage/models";
import type { Collection, RankedItem } from "../../collection/collection.ts";
import type { Model } from "../../embedder/model.ts";
import { NotFound } from "../problems/errors.ts";
import { parseConditions, type SearchParams } from "../schemas/search.ts";
import type { Upload } from "../upload/readUpload.ts";

/** Milliseconds per stage, summed over the images. */
export interface StageTimes {
  decode: number;
  preprocess: number;
  embed: number;
  search: number;
}

export interface SearchContext extends Pick<Model, "reader" | "embedder"> {
  readonly collection: Collection;
}

/**
 * The first image, or else the first item of `like`, is the query; the other examples move it
 * (Rocchio's relevance feedback, see `refine`). Items that serve as examples are not among the
 * results.
 *
 * @throws PlumageError "bad-input" without a positive example, NotFound for an unknown item
 */
export async function searchByExample(
  { images, negatives }: Upload,
  { k, minScore, label = [], where = [], like = [], unlike = [], box }: SearchParams,
  context: SearchContext,
): Promise<{ ranked: RankedItem[]; timings: StageTimes }> {
  if (images.length + like.length === 0) {
    throw new PlumageError(
      "bad-input",
      "there is no image: the body is empty, or the form has no file in the field image",
      "send an image, or name items in like",
    );
  }
  const timings: StageTimes = { decode: 0, preprocess: 0, embed: 0, search: 0 };
  const exampleIds = [...like, ...unlike];
  const stored = await storedEmbeddings(exampleIds, context.collection);
  const [positives, negativeImages] = await Promise.all([
    Promise.all(
      images.map((bytes, i) => embedImage(bytes, i === 0 ? box : undefined, context, timings)),
    ),
    Promise.all(negatives.map((bytes) => embedImage(bytes, undefined, context, timings))),
  ]);
  const start = performance.now();
  const [first, ...others] = [...positives, ...stored.slice(0, like.length)];
  const query = refine(first!, others, [...negativeImages, ...stored.slice(like.length)]);
  const ranked = await context.collection.nearest(query, {
    k,
    filter: { labels: label, metadata: parseConditions(where) },
    ...(minScore === undefined ? {} : { minScore }),
    exclude: new Set(exampleIds),
  });
  timings.search = performance.now() - start;
  return { ranked, timings };
}

async function embedImage(
  bytes: Uint8Array,
  box: SearchParams["box"],
  { reader, embedder }: SearchContext,
  timings: StageTimes,
): Promise<Float32Array> {
  const { pixels, decodeMs, preprocessMs } = await reader.read(bytes, box);
  const { embedding, milliseconds } = await embedder.embed(pixels);
  timings.decode += decodeMs;
  timings.preprocess += preprocessMs;
  timings.embed += milliseconds;
  return embedding;
}

async function storedEmbeddings(
  ids: readonly string[],
  collection: Collection,
): Promise<Float32Array[]> {
  if (ids.length === 0) return [];
  return (await collection.embeddings(ids)).map((embedding, i) => {
    if (!embedding) throw new NotFound(`there is no item "${ids[i]}"`);
    return embedding;
  });
}
