import { describe, expect, test } from "vitest";
import { normal } from "../numeric/random.ts";
import { suspectLabel, suspicionMargin } from "./labelNoise.ts";
import { topK } from "./topLists.ts";
import { cosine } from "./vectors.ts";

/** Neighbors of these labels, each a little farther. */
const neighborsOf = (...labels: string[]) =>
  labels.map((label, rank) => ({ label, score: 0.9 - rank / 100 }));

describe("an item looks mislabeled", () => {
  test("if its neighbors agree on another label", () => {
    const found = suspectLabel("owl", neighborsOf(..."eeeeeeeeee"), 20)!;
    expect(found.suggested).toBe("e");
    expect(found.ownVotes).toBe(0);
    const weights = Array.from({ length: 10 }, (_, rank) => Math.exp(-rank / 100 / 0.07));
    const sum = weights.reduce((a, b) => a + b);
    expect(found.votes).toBeCloseTo(sum / (sum + 1), 10);
    expect(suspicionMargin(found)).toBe(found.votes);
  });

  test("the more so, the nearer the others are and the more of them there are", () => {
    const margin = (classSize: number, ...labels: string[]) =>
      suspicionMargin(suspectLabel("owl", neighborsOf(...labels), classSize)!);
    expect(margin(9, "e", "e", "e", "owl")).toBeLessThan(margin(9, "e", "e", "e", "e"));
    expect(margin(9, "owl", "e", "e", "e")).toBeLessThan(margin(9, "e", "e", "e", "owl"));
    expect(margin(2, "e", "e")).toBe(0.5);
    expect(margin(3, "e", "e")).toBeGreaterThan(0.5);
  });

  test("but not if as many votes are for its own label", () => {
    expect(suspectLabel("owl", neighborsOf("owl", "e"), 20)).toBeUndefined();
    const equal = [0.9, 0.9].map((score, i) => ({ label: "owl e".split(" ")[i]!, score }));
    expect(suspectLabel("owl", equal, 20)).toBeUndefined();
  });

  test("but not because its class is small", () => {
    expect(suspectLabel("owl", neighborsOf("owl", "owl", ..."eeeeeeee"), 3)).toBeUndefined();
    expect(suspectLabel("owl", neighborsOf("e", "e"), 1)).toBeUndefined();
  });
});

test("unlabeled items have no vote, and are not suspected", () => {
  const neighbors = neighborsOf("unlabeled", "unlabeled", "owl", "owl");
  expect(suspectLabel("owl", neighbors, 9)).toBeUndefined();
  expect(suspectLabel("e", neighbors, 9)!.suggested).toBe("owl");
  expect(suspectLabel("unlabeled", neighbors, 9)).toBeUndefined();
  expect(suspectLabel("owl", neighborsOf("unlabeled"), 9)).toBeUndefined();
  expect(suspectLabel("owl", [], 9)).toBeUndefined();
});

test("finds labels that were exchanged between classes, and suggests the right ones", () => {
  const next = normal(5);
  const [classes, size, dimension] = [6, 20, 16];
  const centers = Array.from({ length: classes }, () => Array.from({ length: dimension }, next));
  const truth = Array.from({ length: classes * size }, (_, i) => String(i % classes));
  const rows = truth.map((label) => centers[Number(label)]!.map((x) => x + 0.4 * next()));
  const isWrong = (i: number) => i % 17 === 0;
  const labels = truth.map((label, i) => (isWrong(i) ? String((Number(label) + 1) % 6) : label));
  const suspects = labels.flatMap((label, i) => {
    const scores = Float32Array.from(rows, (row) => cosine(row, rows[i]!));
    const neighbors = topK(scores, 12, (row) => row !== i);
    const labeled = neighbors.map(({ index, score }) => ({ label: labels[index]!, score }));
    const found = suspectLabel(label, labeled, labels.filter((each) => each === label).length);
    return found ? [{ i, ...found }] : [];
  });
  expect(suspects.map(({ i }) => i)).toEqual(labels.map((_, i) => i).filter(isWrong));
  for (const { i, suggested } of suspects) expect(suggested).toBe(truth[i]);
});
