/**
 * One image of a data set, as written to models/store/<name>/items.jsonl: what train learns from
 * and serve indexes.
 */
import { z } from "zod";
import { boxSchema } from "../image/image.ts";

export const splitSchema = z.enum(["train", "test"]);
export type Split = z.infer<typeof splitSchema>;

export const itemSchema = z.object({
  /** Unique in the data set and fit for a URL path segment, e.g. "twemoji.grinning-face". */
  id: z.string().min(1).max(200),
  /** Absolute path of the image file. */
  path: z.string().min(1),
  /** Class name; two items with one label are a positive pair. */
  label: z.string().min(1),
  split: splitSchema,
  /**
   * Of a held-out item: whether it is looked for or found. Without it it is both, leave-one-out.
   */
  role: z.enum(["query", "reference"]).optional(),
  /** Crop to this box before resizing, if there is one. */
  box: boxSchema.optional(),
  /** Where the image comes from (a key of the attributions), if it must be credited. */
  source: z.string().optional(),
});
export type Item = z.infer<typeof itemSchema>;

/** Who made the images of one source and on what terms. */
export const attributionSchema = z.object({
  source: z.string().min(1),
  title: z.string(),
  author: z.string(),
  licence: z.string(),
  licenceUrl: z.string().optional(),
  url: z.string().optional(),
});
export type Attribution = z.infer<typeof attributionSchema>;

/**
 * What a data set is called and whose images it holds; stands in report.json, model.json and the
 * gallery pack.
 */
export const datasetInfoSchema = z.object({
  name: z.string().min(1),
  title: z.string(),
  description: z.string(),
  attributions: z.array(attributionSchema),
});
export type DatasetInfo = z.infer<typeof datasetInfoSchema>;
