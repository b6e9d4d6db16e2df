import { expect, test } from "vitest";
import { type Layout, layouts, permutation, physicalAxis, physicalShape } from "./layout.ts";

const shape = [2, 3, 5, 7];
const all = [undefined, ...(Object.keys(layouts) as Layout[])];

test("physicalShape gives the shapes that convolutions take", () => {
  // N 2, H 3, W 5, C 7.
  expect(physicalShape(shape, "nchw")).toEqual([2, 7, 3, 5]);
  // H 2, W 3, I 5, O 7.
  expect(physicalShape(shape, "oihw")).toEqual([7, 5, 2, 3]);
  expect(physicalShape(shape, "ohwi")).toEqual([7, 2, 3, 5]);
  expect(physicalShape(shape, undefined)).toEqual(shape);
});

test.each(all)("physicalAxis agrees with physicalShape in %s", (layout) => {
  const physical = physicalShape(shape, layout);
  for (const [axis, size] of shape.entries())
    expect(physical[physicalAxis(axis, layout)]).toBe(size);
});

test.each(all.flatMap((from) => all.map((to) => [from, to] as const)))(
  "permutation transposes %s to %s",
  (from, to) => {
    const before = physicalShape(shape, from);
    expect(permutation(from, to).map((axis) => before[axis])).toEqual(physicalShape(shape, to));
  },
);
