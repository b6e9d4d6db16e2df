/** Search by example: embeds the images or a text, combines them into a query, and searches. */
import { PlumageError, refine } from "@plumage/models";
import type { Collection } from "../../collection/collection.ts";
import type { Model } from "../../embedder/model.ts";
import type { EmbeddedText } from "../../embedder/textEmbedder.ts";
import type { ReadOptions } from "../../images/imageReader.ts";
import { NotFound } from "../problems/errors.ts";
import { parseConditions, type SearchParams } from "../schemas/search.ts";
import type { Upload } from "../upload/readUpload.ts";
import { inTurn } from "./inTurn.ts";
import { nearestDiverse } from "./nearestDiverse.ts";
import type { JudgedItem } from "./nearestJudged.ts";

/** Milliseconds per stage, summed over the images. */
export interface StageTimes {
  decode: number;
  preprocess: number;
  embed: number;
  search: number;
}

export interface FoundItems {
  readonly ranked: JudgedItem[];
  readonly timings: StageTimes;
  /** Only of a search by text. */
  readonly text?: Pick<EmbeddedText, "tokens" | "used">;
}

export interface SearchContext extends Pick<Model, "reader" | "embedder"> {
  readonly collection: Collection;
}

/**
 * The text, the first image, or else the first item of `like`, is the query; the other examples
 * move it (Rocchio's relevance feedback, see `refine`). Items that serve as examples are not among
 * the results. Results of a text have no confidence: the calibration is of images.
 *
 * @param signal stops the work
 * @throws PlumageError "bad-input" without a query or with both text and image, for a minConfidence
 * if results have none, for a text if the model has no text encoder; NotFound for an unknown item
 */
export async function searchByExample(
  { images, negatives }: Upload,
  params: SearchParams,
  context: SearchContext,
  signal: AbortSignal,
): Promise<FoundItems> {
  const { k, minScore, minConfidence, label = [], where = [], like = [], unlike = [] } = params;
  const { box, text, diversity } = params;
  requireQuery(images.length, like.length, text);
  const timings: StageTimes = { decode: 0, preprocess: 0, embed: 0, search: 0 };
  const exampleIds = [...like, ...unlike];
  const stored = await storedEmbeddings(exampleIds, context.collection);
  const words = text === undefined ? undefined : await context.embedder.embedText(text, signal);
  timings.embed += words?.milliseconds ?? 0;
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
  const [first, ...others] = [
    ...(words ? [words.embedding] : []),
    ...positives,
    ...stored.slice(0, like.length),
  ];
  const query = refine(first!, others, [...negativeImages, ...stored.slice(like.length)]);
  const ranked = await nearestDiverse(query, context, {
    k,
    diversity,
    filter: { labels: label, metadata: parseConditions(where) },
    ...(minScore === undefined ? {} : { minScore }),
    ...(minConfidence === undefined ? {} : { minConfidence }),
    exclude: new Set(exampleIds),
    isText: words !== undefined,
  });
  timings.search = performance.now() - start;
  return { ranked, timings, ...(words && { text: { tokens: words.tokens, used: words.used } }) };
}

function requireQuery(images: number, items: number, text: string | undefined): void {
  if (text !== undefined && images > 0)
    throw new PlumageError(
      "bad-input",
      "text: the request has an image, too",
      "search by one of them; examples that should move the results go into like",
    );
  if (text === undefined && images + items === 0)
    throw new PlumageError(
      "bad-input",
      "there is no image: the body is empty, or the form has no file in the field image",
      "send an image or a text, or name items in like",
    );
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
