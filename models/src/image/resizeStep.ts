/** What an encoder expects between the decoded image and its square input. */
import { z } from "zod";

export const resizeFilterSchema = z.enum(["bilinear", "bicubic"]);
/** Pillow's antialiased filter of that name. */
export type ResizeFilter = z.infer<typeof resizeFilterSchema>;

const pixels = z.int().positive();
const filter = resizeFilterSchema;

/** One step; each yields a square. A number is a squash to that size with the bilinear filter. */
export const resizeStepSchema = z.union([
  pixels,
  z.discriminatedUnion("fit", [
    /** Without keeping the aspect ratio. */
    z.strictObject({ fit: z.literal("squash"), size: pixels, filter }),
    /**
     * Resizes the shorter side, then cuts the square from the center: torchvision's
     * Resize(shorterSide) and CenterCrop(size).
     */
    z
      .strictObject({ fit: z.literal("crop"), shorterSide: pixels, size: pixels, filter })
      .refine(({ shorterSide, size }) => shorterSide >= size, "the crop exceeds the shorter side"),
    /**
     * Resizes the longer side, then centers the image on black: open_clip's
     * ResizeKeepRatio(longest=1) and CenterCropOrPad.
     */
    z.strictObject({ fit: z.literal("pad"), size: pixels, filter }),
  ]),
]);
export type ResizeStep = z.infer<typeof resizeStepSchema>;

/** Width and height of a step's result, in pixels. */
export const resizedSize = (step: ResizeStep): number =>
  typeof step === "number" ? step : step.size;

/** The steps in words, for the description of a model. */
export const describeResize = (steps: readonly ResizeStep[]): string =>
  steps.map(describeStep).join(", then ");

function describeStep(step: ResizeStep): string {
  if (typeof step === "number")
    return describeStep({ fit: "squash", size: step, filter: "bilinear" });
  const { size } = step;
  const filter = `Pillow's antialiased ${step.filter}`;
  if (step.fit === "squash") return `resize to a square of ${size} px (${filter})`;
  if (step.fit === "pad")
    return `resize the longer side to ${size} px (${filter}) and pad to a square with black`;
  const { shorterSide } = step;
  return `resize the shorter side to ${shorterSide} px (${filter}) and crop the center ${size} px`;
}
