/** Options of `npm run import` about the graph; those about a data set are train's. */
import {
  imageLayoutSchema,
  poolingNames,
  poolingSchema,
  resizeFilterSchema,
} from "@plumage/models";
import { type Options, typedPath } from "@plumage/models/cli";
import { z } from "zod";
import { type PerChannel, presetNames, resizeFits } from "./presets.ts";

/** "0.5" or "0.485,0.456,0.406". */
const perChannelSchema = z.string().transform((text, context): PerChannel => {
  const numbers = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  const [red, green = red, blue = red] = numbers;
  if (numbers.every(Number.isFinite) && (numbers.length === 1 || numbers.length === 3))
    return [red!, green!, blue!];
  context.addIssue("use one number, or three for R,G,B");
  return z.NEVER;
});

export const importOptionTable = {
  onnx: {
    description: "the encoder's ONNX file; external data is read from the files beside it",
    value: "FILE",
    schema: z.string().min(1).transform(typedPath).optional(),
  },
  preset: {
    description:
      "how images are resized, pixels normalized and tokens pooled: " +
      `${presetNames.join(", ")} (default: by the options below)`,
    value: "NAME",
    schema: z.enum(presetNames).optional(),
  },
  mean: {
    description: "mean of each channel, for pixels from 0 to 1: one number, or R,G,B",
    value: "X",
    schema: perChannelSchema.optional(),
  },
  std: {
    description: "standard deviation of each channel, for pixels from 0 to 1: one, or R,G,B",
    value: "X",
    schema: perChannelSchema
      .refine((values) => values.every((value) => value > 0), "use numbers above 0")
      .optional(),
  },
  size: {
    description:
      "width and height in pixels, if the graph leaves them open (default: the preset's)",
    value: "N",
    schema: z.coerce.number().int().min(32).max(1024).optional(),
  },
  resize: {
    description:
      "how an image becomes a square: squash, without keeping its aspect ratio; crop to the " +
      "center; pad with black (default: the preset's, or squash)",
    value: "HOW",
    schema: z.enum(resizeFits).optional(),
  },
  shorterSide: {
    description: "pixels of the shorter side before the crop (default: the preset's, or --size)",
    value: "N",
    schema: z.coerce.number().int().max(2048).optional(),
  },
  filter: {
    description:
      `resize filter: ${resizeFilterSchema.options.join(", ")}, both as Pillow's ` +
      "(default: the preset's, or bilinear)",
    value: "NAME",
    schema: resizeFilterSchema.optional(),
  },
  layout: {
    description: "order of the input's axes: nchw, nhwc (default: by the axis of 3 channels)",
    value: "ORDER",
    schema: imageLayoutSchema.optional(),
  },
  output: {
    description:
      "output to use as features, or any value inside the graph; penultimate stands for what a " +
      "classifier's last layer reads (default: the only output)",
    value: "VALUE",
    schema: z.string().min(1).optional(),
  },
  pool: {
    description:
      `how a map or tokens become a vector: ${poolingNames.join(", ")} ` +
      "(default: none for vectors, mean for maps, the preset's for tokens)",
    value: "NAME",
    schema: poolingSchema.optional(),
  },
  license: {
    description: "license of the encoder, such as Apache-2.0: the page and model.json name it",
    value: "NAME",
    schema: z.string().max(200).optional(),
  },
};
/** What a caller says about the graph. */
export type ImportChoices = Partial<Omit<Options<typeof importOptionTable>, "onnx">>;
