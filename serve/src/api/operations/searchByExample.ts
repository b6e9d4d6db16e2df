/** Search by example: embeds the images, combines them into a query vector, and searches. */
import { PlumageError, refine } from "@plumage/models";
import type { Collection } from "../../collection/collection.ts";
import type { Model } from "../../embedder/model.ts";
import type { ReadOptions } from "../../images/imageReader.ts";
import { NotFound } from "../problems/errors.ts";
import { parseConditions, type SearchParams } from "../schemas/search.ts";
import type { Upload } from "../upload/readUpload.ts";
import { inTurn } from "./inTurn.ts";
import { type JudgedItem, nearestJudged } from "./nearestJudged.ts";

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
 * @param signal stops the work
 * @throws PlumageError "bad-input" without a positive example, or for a minConfidence if the model
 * is not calibrated; NotFound for an unknown item
 */
export async function searchByExample(
  { images, negatives }: Upload,
  { k, minScore, minConfidence, label = [], where = [], like = [], unlike = [], box }: SearchParams,
  context: SearchContext,
  signal: AbortSignal,
): Promise<{ ranked: JudgedItem[]; timings: StageTimes }> {
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
  const embedded = await inTurn([...images, ...negatives], signal, (bytes, i, signal) =>
    embedImage(
      bytes,
      { box: i === 0 && images.length > 0 ? box : undefined, signal },
      context,
      timings,
    ),
  );
  const [positives, negativeImages] = [
    embedded.slice(0, images.length),
    embedded.slice(images.length),
  ];
  const start = performance.now();
  const [first, ...others] = [...positives, ...stored.slice(0, like.length)];
  const query = refine(first!, others, [...negativeImages, ...stored.slice(like.length)]);
  const ranked = await nearestJudged(query, context, {
    k,
    filter: { labels: label, metadata: parseConditions(where) },
    ...(minScore === undefined ? {} : { minScore }),
    ...(minConfidence === undefined ? {} : { minConfidence }),
    exclude: new Set(exampleIds),
  });
  timings.search = performance.now() - start;
  return { ranked, timings };
}

async function embedImage(
  bytes: Uint8Array,
  options: ReadOptions,
  { reader, embedder }: SearchContext,
  timings: StageTimes,
): Promise<Float32Array> {
  const { pixels, decodeMs, preprocessMs } = await reader.read(bytes, options);
  const { embedding, milliseconds } = await embedder.embed(pixels, options.signal);
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
