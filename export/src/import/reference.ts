/** The reference: the encoder as it came, on one image at a time, pooled outside the graph. */
import { PlumageError } from "@plumage/models";
import * as ort from "@plumage/models/onnxruntime";
import { type Head, pooledVector } from "./head.ts";
import type { ImageInput } from "./input.ts";
import { openEncoder, runEncoder } from "./runtime.ts";
import { bareEncoder, type Encoder } from "./wrap.ts";

export interface Reference {
  /** The features' shape for one image, with the batch axis. */
  readonly shape: readonly number[];
  /** @param pixels RGB bytes [S, S, 3] @returns a unit-length vector */
  embed(pixels: Uint8Array, head: Head): Promise<Float32Array>;
  close(): Promise<void>;
}

/**
 * @throws PlumageError "unsupported" that names an operator that onnxruntime cannot run
 */
export async function openReference(encoder: Encoder): Promise<Reference> {
  const { input, output } = encoder;
  const session = await openEncoder(bareEncoder(encoder));
  const run = async (pixels: Uint8Array): Promise<ort.Tensor> => {
    const values = await runEncoder(session, { "import/pixels": imageTensor(input, pixels) });
    return values["import/features"]!;
  };
  try {
    const { dims } = await run(new Uint8Array(input.size ** 2 * 3).fill(127));
    return {
      shape: dims,
      async embed(pixels, head) {
        const vector = pooledVector((await run(pixels)).data as Float32Array, head);
        if (vector.every(Number.isFinite)) return vector;
        const message = `the output "${output}" has values that are NaN or infinite`;
        throw new PlumageError("mismatch", message, "check the normalization and --output");
      },
      close: () => session.release(),
    };
  } catch (error) {
    await session.release();
    throw error;
  }
}

/** An image in the encoder's layout, normalized in double precision. */
function imageTensor({ layout, size, normalization }: ImageInput, pixels: Uint8Array): ort.Tensor {
  const values = new Float32Array(pixels.length);
  const positions = size * size;
  for (const [i, byte] of pixels.entries()) {
    const channel = i % 3;
    const value = normalization
      ? (byte / 255 - normalization.mean[channel]!) / normalization.std[channel]!
      : byte;
    values[layout === "nchw" ? channel * positions + (i - channel) / 3 : i] = value;
  }
  const dims = layout === "nchw" ? [1, 3, size, size] : [1, size, size, 3];
  return new ort.Tensor("float32", values, dims);
}
