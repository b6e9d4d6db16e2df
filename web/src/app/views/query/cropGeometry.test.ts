import { expect, test } from "vitest";
import {
  boxBetween,
  isWholeImage,
  minSide,
  moveBox,
  oppositeCorner,
  resizeBox,
  wholeImage,
} from "./cropGeometry.ts";

const size = { width: 100, height: 60 };
const box = { x: 10, y: 10, width: 40, height: 30 };

test("a box spans two corners in any order, in whole pixels inside the image", () => {
  const expected = { x: 10, y: 5, width: 40, height: 30 };
  expect(boxBetween({ x: 10.2, y: 4.9 }, { x: 49.7, y: 35.1 }, size)).toEqual(expected);
  expect(boxBetween({ x: 49.7, y: 35.1 }, { x: 10.2, y: 4.9 }, size)).toEqual(expected);
  expect(boxBetween({ x: -20, y: -20 }, { x: 400, y: 400 }, size)).toEqual(wholeImage(size));
});

test("a box has a minimum size, also at the image's edge", () => {
  expect(boxBetween({ x: 100, y: 60 }, { x: 100, y: 60 }, size)).toEqual({
    x: 100 - minSide,
    y: 60 - minSide,
    width: minSide,
    height: minSide,
  });
});

test("a box in an image below the minimum size is the whole image", () => {
  const tiny = { width: 4, height: 4 };
  expect(boxBetween({ x: 1, y: 1 }, { x: 2, y: 2 }, tiny)).toEqual(wholeImage(tiny));
});

test("moving keeps the size and stops at the edges", () => {
  expect(moveBox(box, { x: 5, y: -3 }, size)).toEqual({ ...box, x: 15, y: 7 });
  expect(moveBox(box, { x: 500, y: 500 }, size)).toEqual({ ...box, x: 60, y: 30 });
});

test("resizing keeps the upper left corner and the minimum size", () => {
  expect(resizeBox(box, { x: -10, y: 500 }, size)).toEqual({ ...box, width: 30, height: 50 });
  expect(resizeBox(box, { x: -500, y: 0 }, size)).toEqual({ ...box, width: minSide });
});

test("finds the opposite corner", () => {
  expect(oppositeCorner(box, { x: 12, y: 41 })).toEqual({ x: 50, y: 10 });
});

test("recognizes the whole image", () => {
  expect([isWholeImage(box, size), isWholeImage(wholeImage(size), size)]).toEqual([false, true]);
});
