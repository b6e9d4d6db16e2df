import { PlumageError } from "@plumage/models";
import { expect, it } from "vitest";
import { resizeStep } from "./resize.ts";

it.each([
  [{}, 224],
  [{ filter: "bicubic" }, { fit: "squash", size: 224, filter: "bicubic" }],
  [{ resize: "pad" }, { fit: "pad", size: 224, filter: "bilinear" }],
  [{ resize: "crop" }, { fit: "crop", shorterSide: 224, size: 224, filter: "bilinear" }],
  [
    { resize: "crop", shorterSide: 248 },
    { fit: "crop", shorterSide: 248, size: 224, filter: "bilinear" },
  ],
  [{ preset: "imagenet" }, { fit: "crop", shorterSide: 256, size: 224, filter: "bilinear" }],
  [{ preset: "imagenet", resize: "squash" }, 224],
  [{ preset: "clip" }, { fit: "crop", shorterSide: 224, size: 224, filter: "bicubic" }],
  [{ preset: "siglip" }, { fit: "squash", size: 224, filter: "bicubic" }],
  [
    { preset: "dinov2", shorterSide: 224 },
    { fit: "crop", shorterSide: 224, size: 224, filter: "bicubic" },
  ],
] as const)("%j resizes with %j", (choices, step) => {
  expect(resizeStep(224, choices)).toEqual(step);
});

it("scales a preset's crop with the size", () => {
  expect(resizeStep(336, { preset: "dinov2" })).toMatchObject({ shorterSide: 384, size: 336 });
});

it.each([
  [{ resize: "crop", shorterSide: 200 }, "--shorter-side 200 is less than the 224 pixels"],
  [{ resize: "pad", shorterSide: 256 }, 'images are resized with "pad"'],
  [{ preset: "siglip", shorterSide: 256 }, 'images are resized with "squash"'],
] as const)("refuses %j", (choices, message) => {
  const error = expect.objectContaining({ code: "bad-input" });
  expect(() => resizeStep(224, choices)).toThrow(error);
  expect(() => resizeStep(224, choices)).toThrow(PlumageError);
  expect(() => resizeStep(224, choices)).toThrow(message);
});
