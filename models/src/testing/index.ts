/** What the tests of several packages share: a tiny network and seeded values. Browser-safe. */
import type { Architecture } from "../network/architecture.ts";
import type { NetworkArchitecture } from "../network/encoderHead.ts";
import { type ParameterValues, parameterTable } from "../network/parameters.ts";
import { uniform } from "../numeric/random.ts";

/** A ResNet-CGD that embeds an image in well under a millisecond. */
export const tinyArchitecture = (classes: number, imageSize = 32): Architecture => ({
  name: "resnet-cgd",
  width: 8,
  blocks: [1, 1, 1, 1],
  descriptors: ["M", "G"],
  dimension: 16,
  classes,
  imageSize,
});

/** Seeded floats, uniform in [low, high). */
export function randomFloats(
  count: number,
  seed: number,
  low: number,
  high: number,
): Float32Array<ArrayBuffer> {
  const next = uniform(seed);
  return Float32Array.from({ length: count }, () => low + (high - low) * next());
}

/** Seeded bytes: an image of noise. */
export function randomBytes(count: number, seed: number): Uint8Array<ArrayBuffer> {
  const next = uniform(seed);
  return Uint8Array.from({ length: count }, () => Math.floor(256 * next()));
}

/**
 * Seeded parameters that look trained: no scale is 1, no mean is 0, and no two channels are equal,
 * so a test notices when a value is dropped or swapped.
 */
export const randomParameters = (
  architecture: NetworkArchitecture,
  seed: number,
): ParameterValues =>
  new Map(
    parameterTable(architecture).map(({ name, shape, init }, i) => {
      const count = shape.reduce((product, size) => product * size, 1);
      if ("std" in init) {
        const spread = init.std * Math.sqrt(3);
        return [name, randomFloats(count, seed + i, -spread, spread)];
      }
      const [low, high] = init.constant > 0 ? ([0.5, 1.5] as const) : ([-0.3, 0.3] as const);
      return [name, randomFloats(count, seed + i, low, high)];
    }),
  );
