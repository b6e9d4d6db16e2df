import { expect, test } from "vitest";
import { sampleGallery } from "./gallerySample.ts";

const entries = Array.from({ length: 60 }, (_, i) => ({
  id: `${i}`,
  label: `label ${i % 20}`,
  source: undefined,
  thumbnail: [i, 1] as const,
}));

test("samples have one entry per label and together cover the gallery", () => {
  const seen = new Set<number>();
  for (let seed = 0; seed < 40; seed++) {
    const sample = sampleGallery(entries, 12, seed);
    expect(sample).toHaveLength(12);
    expect(new Set(sample.map((index) => entries[index]!.label)).size).toBe(12);
    for (const index of sample) seen.add(index);
  }
  expect(seen.size).toBe(60);
});

test("a seed determines the sample", () => {
  expect(sampleGallery(entries, 12, 3)).toEqual(sampleGallery(entries, 12, 3));
  expect(sampleGallery(entries, 12, 3)).not.toEqual(sampleGallery(entries, 12, 4));
});

test("a sample has no more entries than there are labels", () => {
  expect(sampleGallery(entries, 50, 0)).toHaveLength(20);
  expect(sampleGallery([], 50, 0)).toEqual([]);
});
