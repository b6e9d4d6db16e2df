import { uniform } from "@plumage/models";
import { sha256 } from "@plumage/models/node";
import { describe, expect, it } from "vitest";
import {
  type Augmentation,
  augment,
  augmentations,
  baseSide,
  evaluationResize,
} from "./augment.ts";

const side = 32;
const from = baseSide(side, augmentations.light);

/** A square image from a function of the pixel. */
function image(color: (x: number, y: number) => readonly [number, number, number]): Uint8Array {
  const data = new Uint8Array(from * from * 3);
  for (let y = 0; y < from; y++)
    for (let x = 0; x < from; x++) data.set(color(x, y), (y * from + x) * 3);
  return data;
}

const augmented = (base: Uint8Array, options: Augmentation, seed: number): Uint8Array => {
  const target = new Uint8Array(side * side * 3);
  augment(base, from, target, side, options, seed);
  return target;
};

/**
 * Red grows along x, green along y: where an output pixel came from can be read from its color.
 */
const ramps = image((x, y) => [x * 6, y * 6, 90]);
const position = (pixels: Uint8Array, x: number, y: number) => ({
  x: pixels[(y * side + x) * 3]! / 6,
  y: pixels[(y * side + x) * 3 + 1]! / 6,
});
const seeds = Array.from({ length: 200 }, (_, i) => i * 7919 + 1);

describe("augment", () => {
  it("gives the same pixels for the same seed, and others for another", () => {
    for (const options of Object.values(augmentations)) {
      const some = seeds.slice(0, 50);
      const digests = () => some.map((seed) => sha256(augmented(ramps, options, seed)));
      const first = digests();
      expect(digests()).toEqual(first);
      // Whole offsets and a flip alone make no more images than this.
      const most =
        options.whole && options.contrast === 0
          ? (from - side + 1) ** 2 * 2
          : Number.POSITIVE_INFINITY;
      expect(new Set(first).size).toBeGreaterThan(Math.min(some.length - 1, most / 4));
    }
  });

  it("light: crops 224 of 256, within the image, upright, half of them mirrored", () => {
    const share = 224 / 256;
    let mirrored = 0;
    for (const seed of seeds) {
      const pixels = augmented(ramps, augmentations.light, seed);
      const [first, last] = [position(pixels, 0, 0), position(pixels, side - 1, side - 1)];
      // From the first pixel's center to the last's, in pixels of the base; colors are rounded to
      // a sixth of a pixel.
      const length = (share * from * (side - 1)) / side;
      expect(Math.abs(Math.abs(last.x - first.x) - length)).toBeLessThan(0.2);
      expect(Math.abs(last.y - first.y - length)).toBeLessThan(0.2);
      expect(Math.abs(position(pixels, 0, side - 1).x - first.x)).toBeLessThan(0.2);
      if (last.x < first.x) mirrored++;
      expect(pixels.filter((_, i) => i % 3 === 2).every((blue) => blue === 90)).toBe(true);
    }
    expect(mirrored).toBeGreaterThan(70);
    expect(mirrored).toBeLessThan(130);
    const lefts = seeds.map(
      (seed) => position(augmented(ramps, { ...augmentations.light, flip: false }, seed), 0, 0).x,
    );
    // The room is an eighth of the side: the crop's left edge lies anywhere in it.
    expect(Math.max(...lefts) - Math.min(...lefts)).toBeGreaterThan(0.9 * (1 - share) * from);
  });

  it("tutorial: cuts the network's side out of the base, byte for byte, at every place and mirrored", () => {
    const { tutorial } = augmentations;
    expect([baseSide(224, tutorial), baseSide(64, tutorial)]).toEqual([256, 73]);
    // A base of 36 keeps the number of places small enough to see them all.
    const small = 36;
    const next = uniform(9);
    const base = Uint8Array.from({ length: small * small * 3 }, () => Math.floor(next() * 256));
    const crop = (left: number, top: number, mirrored: boolean): string => {
      const data = new Uint8Array(side * side * 3);
      for (let y = 0; y < side; y++) {
        for (let x = 0; x < side; x++) {
          const from = ((top + y) * small + left + (mirrored ? side - 1 - x : x)) * 3;
          data.set(base.subarray(from, from + 3), (y * side + x) * 3);
        }
      }
      return sha256(data);
    };
    const expected = [0, 1, 2, 3, 4].flatMap((top) =>
      [0, 1, 2, 3, 4].flatMap((left) => [crop(left, top, false), crop(left, top, true)]),
    );
    const seen = new Set<string>();
    for (let seed = 0; seed < 600; seed++) {
      const target = new Uint8Array(side * side * 3);
      augment(base, small, target, side, tutorial, seed);
      seen.add(sha256(target));
    }
    expect([...seen].sort()).toEqual(expected.toSorted());
  });

  it("resized-crop: takes a quarter of the image or more, squeezed by up to 4 : 3", () => {
    const options = { ...augmentations["resized-crop"], flip: false };
    const shares = seeds.map((seed) => {
      const pixels = augmented(ramps, options, seed);
      const [first, last] = [position(pixels, 0, 0), position(pixels, side - 1, side - 1)];
      // Only crops that lie within the image on all sides can be measured: elsewhere the edge is
      // repeated.
      const inner = [first.x, first.y, last.x, last.y].every((at) => at > 1 && at < from - 2);
      const scale = side / ((side - 1) * from);
      return inner
        ? { width: (last.x - first.x) * scale, height: (last.y - first.y) * scale }
        : undefined;
    });
    const measured = shares.filter((share) => share !== undefined);
    expect(measured.length).toBeGreaterThan(50);
    for (const { width, height } of measured) {
      expect(width * height).toBeGreaterThan(0.24);
      expect(width * height).toBeLessThan(1.01);
      expect(width / height).toBeGreaterThan(0.74);
      expect(width / height).toBeLessThan(1.36);
    }
    expect(Math.min(...measured.map(({ width, height }) => width * height))).toBeLessThan(0.3);
    expect(Math.max(...measured.map(({ width, height }) => width / height))).toBeGreaterThan(1.25);
  });

  it("turns by up to the given angle about the crop's center", () => {
    const turning: Augmentation = {
      ...augmentations.light,
      area: [0.3, 0.3],
      flip: false,
      rotation: 20,
    };
    const angles = seeds.map((seed) => {
      const pixels = augmented(ramps, turning, seed);
      const [left, right] = [position(pixels, 0, side / 2), position(pixels, side - 1, side / 2)];
      const [dx, dy] = [right.x - left.x, right.y - left.y];
      expect(
        Math.abs(Math.hypot(dx, dy) - (Math.sqrt(0.3) * from * (side - 1)) / side),
      ).toBeLessThan(0.3);
      return (Math.atan2(dy, dx) * 180) / Math.PI;
    });
    expect(Math.max(...angles)).toBeGreaterThan(17);
    expect(Math.min(...angles)).toBeLessThan(-17);
    expect(Math.max(...angles.map(Math.abs))).toBeLessThan(21);
  });

  it("repeats the edge where it zooms out", () => {
    const framed = image((x, y) =>
      Math.min(x, y) === 0 || Math.max(x, y) === from - 1 ? [7, 8, 9] : [200, 100, 50],
    );
    const pixels = augmented(framed, { ...augmentations.light, area: [2, 2] }, 1);
    expect([...pixels.subarray(0, 3)]).toEqual([7, 8, 9]);
    expect([...pixels.subarray(-3)]).toEqual([7, 8, 9]);
  });

  it("changes a flat color as its parts say", () => {
    const flat = image(() => [120, 60, 200]);
    const only = (part: Partial<Augmentation>) =>
      seeds.map((seed) => [
        ...augmented(flat, { ...augmentations.light, ...part }, seed).subarray(0, 3),
      ]);
    for (const pixel of only({})) expect(pixel).toEqual([120, 60, 200]);
    // Rec. 601 luma of the color.
    for (const pixel of only({ gray: 1 })) expect(pixel).toEqual([94, 94, 94]);
    for (const [red, green, blue] of only({ brightness: 0.1 })) {
      expect(Math.abs(red! - 120)).toBeLessThanOrEqual(26);
      expect([green! - red!, blue! - red!]).toEqual([-60, expect.closeTo(80, -0.5)]);
    }
    const tinted = only({ tint: 0.1 });
    expect(tinted.some(([red, green]) => red! > 120 && green! < 60)).toBe(true);
    expect(Math.max(...tinted.map(([red]) => Math.abs(red! - 120)))).toBeLessThanOrEqual(26);
  });

  it("covers a part with one gray when it erases", () => {
    const flat = image(() => [120, 60, 200]);
    for (const seed of seeds) {
      const pixels = augmented(flat, { ...augmentations.light, erase: 1 }, seed);
      const covered = Array.from({ length: side * side }, (_, i) => [
        ...pixels.subarray(i * 3, i * 3 + 3),
      ]).filter(([red, green, blue]) => red !== 120 || green !== 60 || blue !== 200);
      expect(new Set(covered.flat()).size).toBe(1);
      expect(covered.length).toBeGreaterThanOrEqual(Math.floor(side * 0.1) ** 2);
      expect(covered.length).toBeLessThanOrEqual(Math.ceil(side * 0.35 + 1) ** 2);
    }
  });
});

it("images are evaluated as the tutorial resizes them where it is its augmentation, else at once", () => {
  expect(evaluationResize(224, augmentations.tutorial)).toEqual({ resize: [256, 224] });
  expect(evaluationResize(64, augmentations.jitter)).toEqual({ resize: [73, 64] });
  expect(evaluationResize(224, augmentations.light)).toEqual({});
});
