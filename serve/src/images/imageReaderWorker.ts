/**
 * A process that decodes images. Decoders are native code that reads what strangers send: here it
 * may take too long, crash, or be killed, and the server goes on.
 */
import { createHash } from "node:crypto";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Box, ResizeStep } from "@plumage/models";
import { imageSize } from "@plumage/models/node";
import { serve } from "@plumage/models/rpc";
import { parentProcessChannel } from "@plumage/models/rpc/node";
import sharp from "sharp";
import { limitCpu } from "./cpuLimit.ts";
import { decodeForModel, type ModelPixels } from "./decodeForModel.ts";
import { decodingCost } from "./decodingCost.ts";
import { thumbnail } from "./thumbnail.ts";

export interface ImageReaderMethods {
  read(params: ReadParams): ReadImage | TooCostly;
  thumbnail(params: ThumbnailParams): Uint8Array<ArrayBuffer> | TooCostly;
}

interface DecoderParams {
  /** The encoded image. */
  readonly bytes: Uint8Array;
  /** An image that costs more is not decoded. */
  readonly maxCost: number;
}

export interface ReadParams extends DecoderParams {
  readonly box?: Box | undefined;
  /** The model's resize steps. */
  readonly resize: readonly ResizeStep[];
  readonly withDigest?: boolean;
}

export interface ThumbnailParams extends DecoderParams {
  /** Side of the square into which it fits, in pixels. */
  readonly size: number;
}

export interface ReadImage extends ModelPixels {
  /** Of the encoded image, in lowercase hexadecimal; present if `withDigest` was set. */
  readonly sha256?: string;
}

/** The answer for an image that costs more than the call allows. */
export interface TooCostly {
  readonly cost: number;
}

// Each process has one image at a time; others have the other cores.
sharp.concurrency(1);
sharp.cache(false);

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;
/** Cost of an image whose memory is given back at once. */
const minCollectedCost = 2 ** 22;

/** CPU time of a decoder, in milliseconds: several times what slow machines take. */
const maxCpuMs = (cost: number) => 2_000 + cost / 4_000;

/** Decodes an image, unless it costs too much. */
const decode = <Result>(
  { bytes, maxCost }: DecoderParams,
  work: () => Promise<Result>,
): Promise<Result | TooCostly> =>
  limitCpu(maxCpuMs(0), async (setLimit) => {
    const cost = decodingCost(bytes, await imageSize(bytes));
    if (cost > maxCost) return { cost };
    setLimit(maxCpuMs(cost));
    try {
      return await work();
    } finally {
      // The next image may come at once, or much later.
      if (cost >= minCollectedCost) collectGarbage();
    }
  });

serve<ImageReaderMethods>(parentProcessChannel(), {
  read: (params) =>
    decode(params, async () => {
      const { bytes, box, resize, withDigest = false } = params;
      const image = await decodeForModel(bytes, resize, box);
      const sha256 = withDigest ? createHash("sha256").update(bytes).digest("hex") : undefined;
      return { ...image, ...(sha256 ? { sha256 } : {}) };
    }),
  thumbnail: (params) =>
    decode(params, async () => new Uint8Array(await thumbnail(params.bytes, params.size))),
});
