import { expect, test } from "vitest";
import { mirrored } from "./pixels.ts";

test("mirrored reverses the pixels of each row of each image", () => {
  const pixel = (value: number) => [value, value + 50, value + 100];
  const [a, b] = [[1, 2, 3, 4].map(pixel), [5, 6, 7, 8].map(pixel)];
  const images = Uint8Array.from([...a, ...b].flat());
  const expected = [...[2, 1, 4, 3].map(pixel), ...[6, 5, 8, 7].map(pixel)];
  expect([...mirrored(images, 2)]).toEqual(expected.flat());
});
