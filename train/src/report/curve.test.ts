import { describe, expect, it } from "vitest";
import { type Point, smooth, thin, ticks } from "./curve.ts";

const points = (...values: number[]): Point[] => values.map((value, i) => [i + 1, value]);

describe("smooth", () => {
  it("averages the last points, fewer at the start", () => {
    expect(smooth(points(4, 2, 6, 10), 2)).toEqual(points(4, 3, 4, 8));
    expect(smooth(points(4, 2, 6, 10), 1)).toEqual(points(4, 2, 6, 10));
    expect(smooth(points(3, 6, 9), 10)).toEqual(points(3, 4.5, 6));
  });
});

describe("thin", () => {
  it("keeps the first and last point and the order", () => {
    const all = points(...Array.from({ length: 1000 }, (_, i) => i));
    const few = thin(all, 7);
    expect(few).toHaveLength(7);
    expect(few[0]).toEqual(all[0]);
    expect(few.at(-1)).toEqual(all.at(-1));
    expect(few.toSorted((a, b) => a[0] - b[0])).toEqual(few);
  });

  it("returns short series unchanged", () => {
    expect(thin(points(1, 2, 3), 3)).toEqual(points(1, 2, 3));
  });
});

describe("ticks", () => {
  it.each([
    { low: 0, high: 1, expected: [0, 0.5, 1] },
    { low: 0, high: 0.87, expected: [0, 0.5, 1] },
    { low: 3, high: 187, expected: [0, 50, 100, 150, 200] },
    { low: 0, high: 1e-4, expected: [0, 5e-5, 1e-4] },
    { low: 0, high: 0, expected: [0, 0.5] },
  ])("covers $low to $high", ({ low, high, expected }) => {
    expect(ticks(low, high, 4)).toEqual(expected);
  });
});
