import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Item, resnet50Cgd } from "@plumage/models";
import { randomFloats } from "@plumage/models/testing";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { tiny, writeImages } from "../../test/storeFolder.ts";
import { compareVariants, embedHeldOut, measuredItems, thinnedPrecision } from "./heldOut.ts";
import type { EmbedderSession } from "./session.ts";
import { type MadeVariant, variants } from "./variants.ts";

const { dimension } = tiny;

const items = (count: number, classes: number): Item[] =>
  Array.from({ length: count }, (_, i) => ({
    id: `${i}`,
    path: `${i}.png`,
    label: `class ${Math.floor((i * classes) / count)}`,
    split: "test" as const,
  }));

/** Unit vectors near a center of their class. */
function clusters(labels: readonly string[]): Float32Array {
  const rows = labels.map((label, i) => {
    const center = randomFloats(dimension, 1000 + Number(label.slice(6)), -1, 1);
    const noise = randomFloats(dimension, i, -0.3, 0.3);
    const row = center.map((value, j) => value + noise[j]!);
    const length = Math.hypot(...row);
    return Array.from(row, (value) => value / length);
  });
  return Float32Array.from(rows.flat());
}

describe("measuredItems", () => {
  test("takes 1,003 images at 224 px, evenly from all classes", () => {
    const chosen = measuredItems(items(2674, 42), resnet50Cgd(42, 224));
    expect(chosen).toHaveLength(1003);
    const sizes = new Map<string, number>();
    for (const { label } of chosen) sizes.set(label, (sizes.get(label) ?? 0) + 1);
    expect(sizes.size).toBe(42);
    expect(Math.min(...sizes.values())).toBeGreaterThanOrEqual(23);
  });

  test("takes all images if they are few or small, and as many as requested", () => {
    const few = items(600, 10);
    expect(measuredItems(few, resnet50Cgd(10, 224))).toEqual(few);
    const many = items(6000, 10);
    expect(measuredItems(many, resnet50Cgd(10, 64))).toEqual(many);
    expect(measuredItems(many, resnet50Cgd(10, 64), 50)).toHaveLength(50);
  });
});

describe("embedHeldOut", () => {
  let folder: string;
  let stored: Item[];
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "plumage-held-out-"));
    stored = await writeImages(folder, 7);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    rmSync(folder, { recursive: true });
  });

  test("embeds each image once per variant, and no more of a variant than its sample", async () => {
    vi.spyOn(variants.fp16, "sample", "get").mockReturnValue(3);
    const seen: Uint8Array[][] = [[], []];
    const sessions = seen.map(
      (images, number): EmbedderSession => ({
        async embed(pixels, count) {
          const bytes = pixels.length / count;
          for (let i = 0; i < count; i++) images.push(pixels.slice(i * bytes, (i + 1) * bytes));
          return new Float32Array(count * dimension).fill(number + 1);
        },
        close: async () => undefined,
      }),
    );
    const made = ["fp32", "fp16"].map((variant) => ({ variant }) as Pick<MadeVariant, "variant">);
    const shape = { ...tiny, steps: [tiny.imageSize] };
    const [fp32, fp16] = await embedHeldOut(made, sessions, stored, shape);
    expect(seen.map(({ length }) => length)).toEqual([7, 3]);
    expect([...fp16!.rows]).toEqual([1, 3, 5]);
    expect(seen[1]).toEqual([1, 3, 5].map((row) => seen[0]![row]));
    expect([...fp32!.embeddings]).toEqual(Array(7 * dimension).fill(1));
    const firsts = Array.from({ length: 7 }, (_, row) => fp16!.embeddings[row * dimension]);
    expect(firsts).toEqual([1, 2, 1, 2, 1, 2, 1]);
  });
});

test("thinnedPrecision is the mean P@1 over all halves of the gallery", () => {
  const labels = Int32Array.of(0, 0, 1, 0, 1);
  const neighbors = {
    queries: Int32Array.of(0, 4),
    k: 4,
    indices: Int32Array.of(2, 1, 4, 3, 2, 3, 1, 0),
    scores: new Float32Array(8),
  };
  let right = 0;
  for (const [row, query] of neighbors.queries.entries()) {
    const ranked = neighbors.indices.subarray(row * 4, row * 4 + 4);
    for (let gallery = 0; gallery < 16; gallery++) {
      const nearest = ranked.find((_, rank) => (gallery >> rank) % 2 === 1);
      if (nearest !== undefined && labels[nearest] === labels[query]) right += 1 / 16;
    }
  }
  expect(thinnedPrecision(neighbors, labels)).toBeCloseTo(right, 10);
});

describe("compareVariants", () => {
  const held = items(120, 12);
  const embeddings = clusters(held.map(({ label }) => label));
  const all = Int32Array.from(held.keys());
  const fp32 = { rows: all, embeddings };

  test("a variant with fp32's embeddings differs in nothing, whatever its sample", async () => {
    const rows = all.filter((row) => row % 7 === 0);
    const { quality } = await compareVariants(
      [fp32, { rows, embeddings: embeddings.slice() }],
      held,
      tiny,
    );
    expect(quality[0]!.precisionAt1).toBeGreaterThan(0.9);
    expect(quality[1]!.precisionAt1).toBe(quality[0]!.precisionAt1);
    expect(quality[1]!.recallAt4).toBe(quality[0]!.recallAt4);
    expect(quality[1]!.cosineMin).toBeCloseTo(1, 5);
  });

  test("the loss is that of the sampled queries, not diluted by the others", async () => {
    const rows = all.filter((row) => row % 5 === 0);
    const damaged = embeddings.slice();
    // Every sampled query looks like an image of the class after its own.
    for (const row of rows) {
      const other = ((row + 11) % held.length) * dimension;
      damaged.set(embeddings.subarray(other, other + dimension), row * dimension);
    }
    const [exact, sampled] = (
      await compareVariants([fp32, { rows, embeddings: damaged }], held, tiny)
    ).quality;
    expect(sampled!.precisionAt1 - exact!.precisionAt1).toBeLessThan(-0.8);
    expect(sampled!.cosineMean).toBeLessThan(0.9);
  });

  test("a variant better than a perfect fp32 is perfect", async () => {
    const circle = (...degrees: number[]) => {
      const rows = new Float32Array(degrees.length * dimension);
      for (const [i, degree] of degrees.entries()) {
        rows[i * dimension] = Math.cos((degree * Math.PI) / 180);
        rows[i * dimension + 1] = Math.sin((degree * Math.PI) / 180);
      }
      return rows;
    };
    const eight = items(8, 2);
    const rows = Int32Array.from(eight.keys());
    // Twins of one class between those of the other, then the classes apart.
    const twins = circle(0, 1, 60, 61, 30, 31, 90, 91);
    const apart = circle(0, 1, 2, 3, 90, 91, 92, 93);
    const embedded = [twins, apart].map((embeddings) => ({ rows, embeddings }));
    const { quality } = await compareVariants(embedded, eight, tiny);
    expect(quality.map(({ precisionAt1 }) => precisionAt1)).toEqual([1, 1]);
  });
});
