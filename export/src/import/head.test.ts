import { expect, test } from "vitest";
import { chooseHead, pooledVector } from "./head.ts";

test.each<[number[], "nchw" | "nhwc", object]>([
  [[1, 5], "nchw", { pool: "none", dimension: 5, axes: [] }],
  [[1, 16, 7, 7], "nhwc", { pool: "mean", dimension: 16, axes: [2, 3] }],
  [[1, 7, 7, 16], "nchw", { pool: "mean", dimension: 16, axes: [1, 2] }],
  [[1, 16, 1, 1], "nhwc", { dimension: 16, axes: [2, 3] }],
  // As many channels as rows and columns: the input decides.
  [[1, 7, 7, 7], "nchw", { axes: [2, 3] }],
  [[1, 7, 7, 7], "nhwc", { axes: [1, 2] }],
])("takes %j of an %s encoder as it is", (shape, layout, expected) => {
  expect(chooseHead("y", shape, layout, {})).toMatchObject(expected);
});

test("pools tokens as the preset's authors do", () => {
  expect(chooseHead("y", [1, 50, 8], "nchw", { preset: "dinov2" }).pool).toBe("cls");
  expect(() => chooseHead("y", [1, 50, 8], "nchw", { preset: "imagenet" })).toThrow(/50 tokens/);
});

test.each([[[]], [[1]], [[2, 5]], [[1, 2, 3, 4, 5]], [[1, 0]]])("rejects the shape %j", (shape) => {
  expect(() => chooseHead("y", shape, "nchw", {})).toThrow(
    expect.objectContaining({ code: "unsupported" }),
  );
});

test("pools a map by hand", () => {
  // Two channels of two positions each, channels first and last.
  const first = { axes: [2, 3], dimension: 2 };
  const last = { axes: [1, 2], dimension: 2 };
  const norm = Math.hypot(2, 4);
  expect([...pooledVector([1, 3, 0, 8], { ...first, pool: "mean" })]).toEqual(
    [2, 4].map((value) => Math.fround(value / norm)),
  );
  expect(pooledVector([1, 0, 3, 8], { ...last, pool: "max" })).toEqual(
    pooledVector([3, 8], { ...last, pool: "none" }),
  );
  const gem = [(1 + 27) / 2, 512 / 2].map((value) => value ** (1 / 3));
  const pooled = pooledVector([1, 3, 0, 8], { ...first, pool: "gem" });
  expect(pooled[0]! / pooled[1]!).toBeCloseTo(gem[0]! / gem[1]!, 5);
});
