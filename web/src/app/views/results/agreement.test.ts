import { expect, test } from "vitest";
import { compareAnswers, describeAgreement } from "./agreement.ts";

const answer = (...indices: number[]) => ({
  hits: indices.map((index) => ({ index, score: 1 })),
  timings: { search: 1 },
});
const pixels = new Uint8Array();

test("compares the ten nearest, in any order", () => {
  const device = answer(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
  const server = { ...answer(9, 8, 7, 6, 5, 4, 3, 2, 1, 10, 0), missing: 0 };
  const agreement = compareAnswers(device, server);
  expect(agreement).toMatchObject({ count: 10, cosine: undefined });
  expect([...agreement.shared]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(describeAgreement(agreement)).toBe("9 of the 10 nearest images match.");
});

test.each([
  [answer(3), "The nearest image matches."],
  [answer(4), "The nearest image differs."],
])("words the agreement about one image", (device, text) => {
  const server = { ...answer(3), missing: 0 };
  expect(describeAgreement(compareAnswers(device, server))).toBe(text);
});

test("compares fewer images if there are fewer, and embeddings if both are known", () => {
  const device = { ...answer(4, 2), pixels, embedding: Float32Array.of(0.6, 0.8) };
  const server = { ...answer(2, 4), missing: 0, embedding: Float32Array.of(0.8, 0.6) };
  const agreement = compareAnswers(device, server);
  expect(agreement.cosine).toBeCloseTo(0.96, 6);
  expect(describeAgreement(agreement)).toBe(
    "All 2 nearest images match; the cosine of the two embeddings is 0.960000.",
  );
  expect(compareAnswers(answer(1), server).cosine).toBeUndefined();
});
