import { expect, it } from "vitest";
import { selectLargest } from "./select.ts";

const select = (row: number[], skip: number, k: number) => {
  const indices = new Int32Array(k).fill(-1);
  const values = new Float32Array(k);
  selectLargest(Float32Array.from(row), skip, indices, values);
  return { indices: [...indices], values: [...values] };
};

it("takes the largest first, without the skipped index", () => {
  expect(select([1, 9, 3, 7, 5], 1, 3)).toEqual({ indices: [3, 4, 2], values: [7, 5, 3] });
});

it("takes the lower index first where values are equal, also at the edge of the list", () => {
  expect(select([2, 5, 2, 5, 2, 5, 2], 6, 5).indices).toEqual([1, 3, 5, 0, 2]);
  expect(select([0, 0, 0, 0], 0, 2).indices).toEqual([1, 2]);
});

it("takes negative values as they are", () => {
  const row = [-3, -1, -2];
  expect(select(row, 0, 2)).toEqual({ indices: [1, 2], values: [-1, -2] });
});

it("equals sorting, for every k", () => {
  const row = Array.from({ length: 57 }, (_, i) => ((i * 29) % 13) - 6);
  for (let k = 1; k < row.length; k++) {
    const sorted = row
      .map((value, index) => ({ value, index }))
      .filter(({ index }) => index !== 20)
      .sort((a, b) => b.value - a.value || a.index - b.index);
    expect(select(row, 20, k).indices).toEqual(sorted.slice(0, k).map(({ index }) => index));
  }
});
