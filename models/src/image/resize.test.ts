import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { z } from "zod";
import fixtures from "../../test/fixtures/resize.json";
import { PlumageError } from "../errors.ts";
import type { RgbImage } from "./image.ts";
import { cropAndResize } from "./resize.ts";
import { resizedSize, resizeStepSchema } from "./resizeStep.ts";

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** The generator in fixtures/resize.py. */
function makeImage(kind: string, width: number, height: number, seed: number): RgbImage {
  const data = new Uint8Array(width * height * 3);
  let state = seed;
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const value = state >>> 24;
    data[i] = kind === "white" ? 255 : kind === "contrast" ? (value > 127 ? 255 : 0) : value;
  }
  return { width, height, data };
}

it.each(
  fixtures.map(
    (fixture) =>
      [`${fixture.width} x ${fixture.height}, ${JSON.stringify(fixture.steps)}`, fixture] as const,
  ),
)(
  "equals Pillow: %s",
  (_, { kind, width, height, seed, box, head, sha256: digest, ...fixture }) => {
    const steps = z.array(resizeStepSchema).parse(fixture.steps);
    const out = cropAndResize(makeImage(kind, width, height, seed), steps, box ?? undefined);
    expect(out.length).toBe(resizedSize(steps.at(-1)!) ** 2 * 3);
    expect([...out.subarray(0, head.length)]).toEqual(head);
    expect(sha256(out)).toBe(digest);
  },
);

it("returns a copy even if nothing changes", () => {
  const image = makeImage("noise", 16, 16, 1);
  const out = cropAndResize(image, 16);
  expect(out).toEqual(image.data);
  out.fill(0);
  expect(image).toEqual(makeImage("noise", 16, 16, 1));
});

it("clips a box to the image", () => {
  const image = makeImage("noise", 40, 30, 2);
  const inside = cropAndResize(image, 16, { x: 30, y: 20, width: 10, height: 10 });
  expect(cropAndResize(image, 16, { x: 30, y: 20, width: 500, height: 500 })).toEqual(inside);
});

it.each([
  { x: 40, y: 0, width: 5, height: 5 },
  { x: 0, y: 31, width: 5, height: 5 },
  { x: 3, y: 3, width: 0.4, height: 5 },
])("rejects a box without pixels: %j", (box) => {
  const error = {
    code: "bad-input",
    message: expect.stringContaining("contains no pixel of the 40 x 30 image"),
  };
  expect(() => cropAndResize(makeImage("noise", 40, 30, 3), 16, box)).toThrow(
    expect.objectContaining(error),
  );
});

it("rejects data of another size", () => {
  expect(() => cropAndResize({ width: 4, height: 4, data: new Uint8Array(64) }, 2)).toThrow(
    PlumageError,
  );
});
