import type { Calibration } from "@plumage/models";
import { expect, test } from "vitest";
import {
  type NearestOptions,
  type RankedItem,
  selectResults,
} from "../../collection/collection.ts";
import { type JudgedOptions, nearestJudged } from "./nearestJudged.ts";

const calibration: Calibration = {
  depth: 4,
  gapScale: 0.1,
  nearest: { bias: -8, score: 10, gap: 1 },
  others: { bias: -9, score: 10, gap: 1 },
  reliability: { samples: 400, ece: 0.02, bins: [] },
};

const ranked = ["owl", "owl", "cat", "dog", "owl", "hen"].map((label, i) => ({
  item: { id: String(i), label },
  score: 0.9 - i / 20,
})) as unknown as RankedItem[];

/** @returns ids with confidences, and what the collection was asked for */
async function judged(options: JudgedOptions) {
  let asked: NearestOptions | undefined;
  const nearest = async (_: Float32Array, options: NearestOptions) => {
    asked = options;
    return selectResults(ranked, options);
  };
  const context = { collection: { nearest }, embedder: { manifest: { calibration } } };
  const found = await nearestJudged(
    Float32Array.of(1),
    context as unknown as Parameters<typeof nearestJudged>[1],
    options,
  );
  return {
    asked,
    ids: found.map(({ item }) => item.id),
    confidences: found.map(({ confidence }) => confidence),
  };
}

test("compares as many neighbors as the calibration looks at, whatever k is", async () => {
  const one = await judged({ k: 1 });
  expect(one.asked).toMatchObject({ k: 4 });
  expect(one.ids).toEqual(["0"]);
  const all = await judged({ k: 6 });
  expect(all.asked).toMatchObject({ k: 6 });
  expect(all.confidences[0]).toBe(one.confidences[0]);
});

test("a lowest score removes results, but no rivals", async () => {
  const plain = await judged({ k: 6 });
  const { ids, confidences } = await judged({ k: 6, minScore: 0.84 });
  expect(ids).toEqual(["0", "1"]);
  expect(confidences).toEqual(plain.confidences.slice(0, 2));
});

test("keeps results of at least minConfidence", async () => {
  const { confidences } = await judged({ k: 6 });
  const minConfidence = confidences[1]!;
  expect((await judged({ k: 6, minConfidence })).ids).toEqual(["0", "1"]);
  expect((await judged({ k: 6, minConfidence: 1 })).ids).toEqual([]);
});

test("a text's results have no confidence, and minConfidence is refused", async () => {
  const { ids, confidences } = await judged({ k: 2, isText: true });
  expect(ids).toEqual(["0", "1"]);
  expect(confidences).toEqual([undefined, undefined]);
  await expect(judged({ k: 2, isText: true, minConfidence: 0.5 })).rejects.toThrow(
    expect.objectContaining({
      code: "bad-input",
      message: "minConfidence: results of a text have no confidence",
    }),
  );
});

test("without a calibration there is no confidence, and minConfidence is refused", async () => {
  const uncalibrated = {} as { calibration?: Calibration };
  const context = {
    collection: { nearest: async () => ranked.slice(0, 2) },
    embedder: { manifest: uncalibrated },
  } as unknown as Parameters<typeof nearestJudged>[1];
  const embedding = Float32Array.of(1);
  expect(await nearestJudged(embedding, context, { k: 2 })).toEqual(ranked.slice(0, 2));
  await expect(nearestJudged(embedding, context, { k: 2, minConfidence: 0.5 })).rejects.toThrow(
    expect.objectContaining({
      code: "bad-input",
      message: "minConfidence: the model is not calibrated",
    }),
  );
});
