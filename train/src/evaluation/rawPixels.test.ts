import { evaluateRetrieval, plainDotProducts } from "@plumage/models";
import { expect, it } from "vitest";
import { rawPixelDimension, rawPixelEmbeddings } from "./rawPixels.ts";

/** A horizontal (0), vertical (1) or diagonal (2) ramp. */
const ramp = (size: number, kind: number, brightness: number, contrast: number) =>
  Array.from({ length: size * size * 3 }, (_, i) => {
    const x = Math.floor(i / 3) % size;
    const y = Math.floor(i / 3 / size);
    const position = [x, y, (x + y) / 2][kind]! / (size - 1);
    return Math.round(brightness + contrast * position);
  });

it("subtracts each image's mean", () => {
  const size = 48;
  const images = Uint8Array.from([
    ...ramp(size, 0, 10, 200),
    ...new Array(size * size * 3).fill(77),
  ]);
  const embeddings = rawPixelEmbeddings(images, 2, size);
  expect(embeddings).toHaveLength(2 * rawPixelDimension);
  const first = embeddings.subarray(0, rawPixelDimension);
  expect(first.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 1);
  // A ramp of 200 over 24 columns, sampled at their centers.
  expect(first[0]).toBeCloseTo(-first[69]!, 0);
  expect(first[69]! - first[0]!).toBeGreaterThan(180);
  expect([...embeddings.subarray(rawPixelDimension)]).toEqual(new Array(rawPixelDimension).fill(0));
});

it("retrieves patterns across brightness and contrast", async () => {
  const size = 32;
  const variants = [
    [0, 200],
    [60, 120],
    [100, 90],
  ] as const;
  const images = [0, 1, 2].flatMap((kind) =>
    variants.flatMap(([dark, contrast]) => ramp(size, kind, dark, contrast)),
  );
  const embeddings = rawPixelEmbeddings(Uint8Array.from(images), 9, size);
  const labels = Int32Array.of(0, 0, 0, 1, 1, 1, 2, 2, 2);
  const { metrics, queries } = await evaluateRetrieval({
    embeddings,
    labels,
    dimension: rawPixelDimension,
    provider: plainDotProducts,
  });
  expect(queries).toBe(9);
  expect(metrics).toEqual({
    precisionAt1: 1,
    recallAt: { "1": 1, "2": 1, "4": 1, "8": 1 },
    mapAtR: 1,
    rPrecision: 1,
  });
});
