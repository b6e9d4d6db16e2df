import { expect, test } from "vitest";
import { agreementOf, explainAgreement } from "./agreement.ts";

const answer = (...indices: number[]) => ({
  hits: indices.map((index) => ({ index, score: 1 })),
  timings: { search: 1 },
});
const pixels = new Uint8Array();

test("the nearest ten count, in any order", () => {
  const here = answer(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
  const there = { ...answer(9, 8, 7, 6, 5, 4, 3, 2, 1, 10, 0), strangers: 0 };
  const { shared, of } = agreementOf(here, there);
  expect([shared.size, of]).toEqual([9, 10]);
  expect(shared.has(0)).toBe(false);
  expect(explainAgreement({ shared, of, cosine: undefined })).toBe(
    "9 of the nearest 10 are the same.",
  );
});

test("fewer than ten, and the embeddings where both are known", () => {
  const here = { ...answer(4, 2), pixels, embedding: Float32Array.of(0.6, 0.8) };
  const there = { ...answer(2, 4), strangers: 0, embedding: Float32Array.of(0.8, 0.6) };
  const agreement = agreementOf(here, there);
  expect(agreement.cosine).toBeCloseTo(0.96, 6);
  expect(explainAgreement(agreement)).toBe(
    "All of the nearest 2 are the same; the cosine of the two embeddings is 0.960000.",
  );
  expect(agreementOf(answer(1), there).cosine).toBeUndefined();
});
