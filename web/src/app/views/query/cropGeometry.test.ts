import { expect, test } from "vitest";
import {
  between,
  isWhole,
  leastSide,
  moved,
  oppositeCorner,
  resized,
  wholeOf,
} from "./cropGeometry.ts";

const size = { width: 100, height: 60 };

test("a box is drawn in any direction, in whole pixels, inside the image", () => {
  const box = { x: 10, y: 5, width: 40, height: 30 };
  expect(between({ x: 10.2, y: 4.9 }, { x: 49.7, y: 35.1 }, size)).toEqual(box);
  expect(between({ x: 49.7, y: 35.1 }, { x: 10.2, y: 4.9 }, size)).toEqual(box);
  expect(between({ x: -20, y: -20 }, { x: 400, y: 400 }, size)).toEqual(wholeOf(size));
});

test("a box never has less than a hand can mean, at the edges neither, nor more than the image has", () => {
  expect(between({ x: 100, y: 60 }, { x: 100, y: 60 }, size)).toEqual({
    x: 100 - leastSide,
    y: 60 - leastSide,
    width: leastSide,
    height: leastSide,
  });
  expect(between({ x: 1, y: 1 }, { x: 2, y: 2 }, { width: 4, height: 4 })).toEqual(
    wholeOf({ width: 4, height: 4 }),
  );
});

test("moving keeps the size and stops at the edges; resizing keeps the corner", () => {
  const box = { x: 10, y: 10, width: 40, height: 30 };
  expect(moved(box, { x: 5, y: -3 }, size)).toEqual({ ...box, x: 15, y: 7 });
  expect(moved(box, { x: 500, y: 500 }, size)).toEqual({ ...box, x: 60, y: 30 });
  expect(resized(box, { x: -10, y: 500 }, size)).toEqual({ x: 10, y: 10, width: 30, height: 50 });
  expect(resized(box, { x: -500, y: 0 }, size)).toEqual({
    x: 10,
    y: 10,
    width: leastSide,
    height: 30,
  });
});

test("the corner across, and whether it is all of the image", () => {
  const box = { x: 10, y: 10, width: 40, height: 30 };
  expect(oppositeCorner(box, { x: 12, y: 41 })).toEqual({ x: 50, y: 10 });
  expect([isWhole(box, size), isWhole(wholeOf(size), size)]).toEqual([false, true]);
});
