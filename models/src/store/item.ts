/** The images of a data set, as items.jsonl lists them. */
import { z } from "zod";
import { boxSchema } from "../image/image.ts";

/** Schema of a split. */
export const splitSchema = z.enum(["train", "test"]);
/** The part of a data set that an item belongs to. */
export type Split = z.infer<typeof splitSchema>;

/** Schema of one line of items.jsonl. */
export const itemSchema = z.object({
  /** Unique in the data set, and usable as a URL path segment: "twemoji.grinning-face". */
  id: z.string().min(1).max(200),
  /** Absolute path of the image file. */
  path: z.string().min(1),
  /** Class name; two items with the same label are a positive pair. */
  label: z.string().min(1).normalize("NFC"),
  split: splitSchema,
  /** For evaluation: whether the item is searched for or searched. Default: both. */
  role: z.enum(["query", "reference"]).optional(),
  /** The image is cropped to this box before it is resized. */
  box: boxSchema.optional(),
  /** The `source` of the attribution that credits the image, if it must be credited. */
  source: z.string().optional(),
});
/** One image of a data set. */
export type Item = z.infer<typeof itemSchema>;

/** Who made the images of a source, and under which license. */
export const attributionSchema = z.object({
  source: z.string().min(1),
  title: z.string(),
  author: z.string(),
  licence: z.string(),
  licenceUrl: z.string().optional(),
  url: z.string().optional(),
});
/** Who made a set of images, and under which license. */
export type Attribution = z.infer<typeof attributionSchema>;

/** A data set in words; part of checkpoints, report.json and model.json. */
export const datasetInfoSchema = z.object({
  name: z.string().min(1),
  title: z.string(),
  description: z.string(),
  attributions: z.array(attributionSchema),
});
/** Title and attributions of a data set. */
export type DatasetInfo = z.infer<typeof datasetInfoSchema>;
