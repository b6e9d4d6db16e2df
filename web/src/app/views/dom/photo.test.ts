import { expect, test } from "vitest";
import { isPhoto } from "./photo.ts";

const side = 32;

/** An image whose pixels are chosen by place. */
const imageOf = (pixel: (x: number, y: number) => readonly [number, number, number, number]) =>
  Array.from({ length: side * side }, (_, i) => pixel(i % side, Math.floor(i / side))).flat();

const white = [255, 255, 255, 255] as const;
const green = [40, 90, 30, 255] as const;
const isInside = (x: number, y: number) => x > 1 && y > 1 && x < side - 2 && y < side - 2;

test.each([
  { what: "a photograph", is: true, pixel: () => green },
  {
    what: "a photograph with a white sky",
    is: true,
    pixel: (_: number, y: number) => (y < 16 ? white : green),
  },
  { what: "a white wall in shadow", is: true, pixel: () => [220, 220, 215, 255] as const },
  {
    what: "a drawing on white",
    is: false,
    pixel: (x: number, y: number) => (isInside(x, y) ? green : white),
  },
  {
    what: "a drawing on nearly white",
    is: false,
    pixel: (x: number, y: number) => (isInside(x, y) ? green : ([248, 247, 249, 255] as const)),
  },
  {
    what: "a drawing on nothing",
    is: false,
    pixel: (x: number, y: number) => (isInside(x, y) ? green : ([0, 0, 0, 0] as const)),
  },
  {
    what: "a drawing that touches one edge",
    is: false,
    pixel: (x: number, y: number) =>
      isInside(x, y) || (y === side - 1 && isInside(x, 8)) ? green : white,
  },
  {
    what: "a drawing with rounded corners that fills its frame",
    is: false,
    pixel: (x: number, y: number) =>
      Math.min(x, side - 1 - x) + Math.min(y, side - 1 - y) < 3 ? white : green,
  },
])("$what: $is", ({ is, pixel }) => expect(isPhoto(imageOf(pixel), side)).toBe(is));
