import { uniform } from "@plumage/models";
import { sha256 } from "@plumage/models/node";
import { describe, expect, it } from "vitest";
import {
  type Augmentation,
  augment,
  augmentations,
  baseSize,
  evaluationResize,
} from "./augment.ts";

const size = 32;
const from = baseSize(size, augmentations.light);

/** A base image from a function of the pixel coordinates. */
function image(color: (x: number, y: number) => readonly [number, number, number]): Uint8Array {
  const data = new Uint8Array(from * from * 3);
  for (let y = 0; y < from; y++)
    for (let x = 0; x < from; x++) data.set(color(x, y), (y * from + x) * 3);
  return data;
}

const augmented = (base: Uint8Array, options: Augmentation, seed: number): Uint8Array => {
  const target = new Uint8Array(size * size * 3);
  augment(base, from, target, size, options, seed);
  return target;
};

/** Red grows along x and green along y, so a pixel's color tells where it was sampled. */
const ramps = image((x, y) => [x * 6, y * 6, 90]);
const position = (pixels: Uint8Array, x: number, y: number) => ({
  x: pixels[(y * size + x) * 3]! / 6,
  y: pixels[(y * size + x) * 3 + 1]! / 6,
});
const seeds = Array.from({ length: 200 }, (_, i) => i * 7919 + 1);

describe("augment", () => {
  it("depends on the seed alone", () => {
    for (const options of Object.values(augmentations)) {
      const some = seeds.slice(0, 50);
      const digests = () => some.map((seed) => sha256(augmented(ramps, options, seed)));
      const first = digests();
      expect(digests()).toEqual(first);
      // Upper bound on the number of distinct crops and flips at whole pixels.
      const distinct =
        options.wholePixels && options.contrast === 0
          ? (from - size + 1) ** 2 * 2
          : Number.POSITIVE_INFINITY;
      expect(new Set(first).size).toBeGreaterThan(Math.min(some.length - 1, distinct / 4));
    }
  });

  it("light: crops 224 / 256 of the image without rotation and flips half of the images", () => {
    const share = 224 / 256;
    let flipped = 0;
    for (const seed of seeds) {
      const pixels = augmented(ramps, augmentations.light, seed);
      const [first, last] = [position(pixels, 0, 0), position(pixels, size - 1, size - 1)];
      // Distance between the first and the last pixel's center; colors resolve a sixth of a pixel.
      const length = (share * from * (size - 1)) / size;
      expect(Math.abs(Math.abs(last.x - first.x) - length)).toBeLessThan(0.2);
      expect(Math.abs(last.y - first.y - length)).toBeLessThan(0.2);
      expect(Math.abs(position(pixels, 0, size - 1).x - first.x)).toBeLessThan(0.2);
      if (last.x < first.x) flipped++;
      expect(pixels.filter((_, i) => i % 3 === 2).every((blue) => blue === 90)).toBe(true);
    }
    expect(flipped).toBeGreaterThan(70);
    expect(flipped).toBeLessThan(130);
    const lefts = seeds.map(
      (seed) => position(augmented(ramps, { ...augmentations.light, flip: false }, seed), 0, 0).x,
    );
    // The crop can move by an eighth of the image.
    expect(Math.max(...lefts) - Math.min(...lefts)).toBeGreaterThan(0.9 * (1 - share) * from);
  });

  it("tutorial: copies crops byte by byte, at every whole-pixel offset, flipped or not", () => {
    const { tutorial } = augmentations;
    expect([baseSize(224, tutorial), baseSize(64, tutorial)]).toEqual([256, 73]);
    // A base of 36 pixels has 25 offsets, few enough to see them all.
    const small = 36;
    const next = uniform(9);
    const base = Uint8Array.from({ length: small * small * 3 }, () => Math.floor(next() * 256));
    const crop = (left: number, top: number, mirrored: boolean): string => {
      const data = new Uint8Array(size * size * 3);
      for (let y = 0; y < size; y++) {
        for (let x = 0; x < size; x++) {
          const from = ((top + y) * small + left + (mirrored ? size - 1 - x : x)) * 3;
          data.set(base.subarray(from, from + 3), (y * size + x) * 3);
        }
      }
      return sha256(data);
    };
    const expected = [0, 1, 2, 3, 4].flatMap((top) =>
      [0, 1, 2, 3, 4].flatMap((left) => [crop(left, top, false), crop(left, top, true)]),
    );
    const seen = new Set<string>();
    for (let seed = 0; seed < 600; seed++) {
      const target = new Uint8Array(size * size * 3);
      augment(base, small, target, size, tutorial, seed);
      seen.add(sha256(target));
    }
    expect([...seen].sort()).toEqual(expected.toSorted());
  });

  it("resized-crop: crops a quarter of the area or more, at aspect ratios up to 4 : 3", () => {
    const options = { ...augmentations["resized-crop"], flip: false };
    const shares = seeds.map((seed) => {
      const pixels = augmented(ramps, options, seed);
      const [first, last] = [position(pixels, 0, 0), position(pixels, size - 1, size - 1)];
      // A crop that touches the border repeats the edge and cannot be measured.
      const inner = [first.x, first.y, last.x, last.y].every((at) => at > 1 && at < from - 2);
      const scale = size / ((size - 1) * from);
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

  it("rotates by up to the given angle about the crop's center", () => {
    const rotating: Augmentation = {
      ...augmentations.light,
      area: [0.3, 0.3],
      flip: false,
      rotation: 20,
    };
    const angles = seeds.map((seed) => {
      const pixels = augmented(ramps, rotating, seed);
      const [left, right] = [position(pixels, 0, size / 2), position(pixels, size - 1, size / 2)];
      const [dx, dy] = [right.x - left.x, right.y - left.y];
      expect(
        Math.abs(Math.hypot(dx, dy) - (Math.sqrt(0.3) * from * (size - 1)) / size),
      ).toBeLessThan(0.3);
      return (Math.atan2(dy, dx) * 180) / Math.PI;
    });
    expect(Math.max(...angles)).toBeGreaterThan(17);
    expect(Math.min(...angles)).toBeLessThan(-17);
    expect(Math.max(...angles.map(Math.abs))).toBeLessThan(21);
  });

  it("repeats the edge when zooming out", () => {
    const framed = image((x, y) =>
      Math.min(x, y) === 0 || Math.max(x, y) === from - 1 ? [7, 8, 9] : [200, 100, 50],
    );
    const pixels = augmented(framed, { ...augmentations.light, area: [2, 2] }, 1);
    expect([...pixels.subarray(0, 3)]).toEqual([7, 8, 9]);
    expect([...pixels.subarray(-3)]).toEqual([7, 8, 9]);
  });

  it("adjusts gray, brightness and tint within their limits", () => {
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

  it("erases a rectangle with a single gray", () => {
    const flat = image(() => [120, 60, 200]);
    for (const seed of seeds) {
      const pixels = augmented(flat, { ...augmentations.light, erase: 1 }, seed);
      const covered = Array.from({ length: size * size }, (_, i) => [
        ...pixels.subarray(i * 3, i * 3 + 3),
      ]).filter(([red, green, blue]) => red !== 120 || green !== 60 || blue !== 200);
      expect(new Set(covered.flat()).size).toBe(1);
      expect(covered.length).toBeGreaterThanOrEqual(Math.floor(size * 0.1) ** 2);
      expect(covered.length).toBeLessThanOrEqual(Math.ceil(size * 0.35 + 1) ** 2);
    }
  });
});

it("evaluates through the base size only for whole-pixel augmentations", () => {
  expect(evaluationResize(224, augmentations.tutorial)).toEqual({ resize: [256, 224] });
  expect(evaluationResize(64, augmentations.jitter)).toEqual({ resize: [73, 64] });
  expect(evaluationResize(224, augmentations.light)).toEqual({});
});
