/** An encoder that stays as it is, while a head on its features is trained. */
import { availableParallelism } from "node:os";
import type { EncoderShape } from "@plumage/models";
import * as ort from "@plumage/models/onnxruntime";

export interface FrozenEncoder {
  /** An ONNX file: images uint8 [N, S, S, 3] to features float32 [N, features * channels]. */
  readonly bytes: Uint8Array;
  readonly shape: EncoderShape;
}

export interface EncoderSession {
  /** @param images RGB bytes [count, S, S, 3] @returns features [count, features * channels] */
  run(images: Uint8Array, count: number): Promise<Float32Array>;
  close(): Promise<void>;
}

/** Opens an encoder on all CPU cores. */
export async function openEncoder({ bytes, shape }: FrozenEncoder): Promise<EncoderSession> {
  const session = await ort.InferenceSession.create(bytes, {
    intraOpNumThreads: availableParallelism(),
    logSeverityLevel: 3,
  });
  const size = shape.imageSize;
  return {
    async run(images, count) {
      const { features } = await session.run({
        images: new ort.Tensor("uint8", images, [count, size, size, 3]),
      });
      return features!.data as Float32Array;
    },
    close: () => session.release(),
  };
}
