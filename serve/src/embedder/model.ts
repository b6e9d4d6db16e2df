/** A model of the store, ready to embed encoded images. */
import type { IndexedModel } from "../collection/collection.ts";
import { type ImageReader, openImageReader } from "../images/imageReader.ts";
import {
  type EmbedderOptions,
  type EmbedderService,
  openEmbedderService,
} from "./embedderService.ts";

export interface ModelOptions extends EmbedderOptions {
  /** Pixels that may wait to be decoded. No limit by default. */
  readonly maxWaitingPixels?: number;
  /** Another model's reader, whose processes decode for this one too. Default: its own. */
  readonly sharedReader?: ImageReader;
}

export interface Model {
  readonly reader: ImageReader;
  readonly embedder: EmbedderService;
  /** The model as a collection records it. */
  readonly indexed: IndexedModel;
  close(): Promise<void>;
}

/**
 * Starts the processes that decode images and the thread that embeds them.
 *
 * @param options threads apply to decoding and to embedding each
 * @throws PlumageError "bad-file" or "mismatch" for a model that cannot be used
 */
export async function openModel(folder: string, options: ModelOptions): Promise<Model> {
  const { threads, maxWaitingPixels, sharedReader } = options;
  const embedder = await openEmbedderService(folder, options);
  const { dimension, preprocessing } = embedder.manifest;
  const { resize } = preprocessing;
  const reader =
    sharedReader?.withResize(resize) ??
    openImageReader({
      threads,
      resize,
      ...(maxWaitingPixels === undefined ? {} : { maxWaitingPixels }),
    });
  return {
    embedder,
    reader,
    indexed: { sha256: embedder.model, dimension },
    async close() {
      if (!sharedReader) await reader.close();
      await embedder.close();
    },
  };
}
