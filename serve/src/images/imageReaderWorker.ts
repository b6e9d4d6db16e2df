/** A worker thread that decodes images: resizing a large one would block the event loop. */
import { createHash } from "node:crypto";
import { workerData } from "node:worker_threads";
import type { Box } from "@plumage/models";
import { serve, transferred } from "@plumage/models/rpc";
import { parentChannel } from "@plumage/models/rpc/node";
import { decodeForModel, type ModelPixels } from "./decodeForModel.ts";

export interface ImageReaderData {
  /** The model's resize steps. */
  readonly resize: readonly number[];
}

export interface ImageReaderMethods {
  read(params: ReadParams): ReadImage;
}

export interface ReadParams {
  /** The encoded image; bytes in shared memory are not copied. */
  readonly bytes: Uint8Array;
  readonly box?: Box | undefined;
  readonly withDigest?: boolean;
}

export interface ReadImage extends ModelPixels {
  /** Of the encoded image, in lowercase hexadecimal; present if `withDigest` was set. */
  readonly sha256?: string;
}

const { resize } = workerData as ImageReaderData;

serve<ImageReaderMethods>(parentChannel(), {
  async read({ bytes, box, withDigest = false }) {
    const image = await decodeForModel(bytes, resize, box);
    const sha256 = withDigest ? createHash("sha256").update(bytes).digest("hex") : undefined;
    return transferred({ ...image, ...(sha256 ? { sha256 } : {}) }, [image.pixels.buffer]);
  },
});
