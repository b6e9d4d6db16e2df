import { expect, test } from "vitest";
import { examples } from "./gallerySample.ts";

const entries = Array.from({ length: 60 }, (_, i) => ({
  id: `${i}`,
  label: `label ${i % 20}`,
  source: undefined,
  thumbnail: [i, 1] as const,
}));

test("one image a label, all different, from the whole gallery", () => {
  const seen = new Set<number>();
  for (let round = 0; round < 40; round++) {
    const chosen = examples(entries, 12, round);
    expect(chosen).toHaveLength(12);
    expect(new Set(chosen.map((index) => entries[index]!.label)).size).toBe(12);
    for (const index of chosen) seen.add(index);
  }
  expect(seen.size).toBe(60);
});

test("a round is the same every time, the next one is another", () => {
  expect(examples(entries, 12, 3)).toEqual(examples(entries, 12, 3));
  expect(examples(entries, 12, 3)).not.toEqual(examples(entries, 12, 4));
});

test("there are no more than labels", () => {
  expect(examples(entries, 50, 0)).toHaveLength(20);
  expect(examples([], 50, 0)).toEqual([]);
});
