/** Options that select and shape a data set, on the command line and in a run's settings. */
import { pathSchema } from "@plumage/models/cli";
import { z } from "zod";

/** Entries for a command's option table (`runCommand`). */
export const dataOptionTable = {
  root: {
    description: "folder with the data set's files (cub, folder, csv)",
    value: "FOLDER",
    schema: pathSchema.optional(),
  },
  csv: {
    description: "table of images with the columns path, label[, box][, split] (csv)",
    value: "FILE",
    schema: pathSchema.optional(),
  },
  depth: {
    description: "folder levels from the root down to a class (folder; default 1)",
    value: "N",
    schema: z.coerce.number().int().positive().optional(),
  },
  crop: {
    description: "use whole images instead of cropping to their boxes (cub, csv)",
    schema: z.boolean().default(true),
  },
  strict: {
    description: "stop at unusable images instead of skipping them (cub, folder, csv)",
    schema: z.boolean().default(false),
  },
};
export type DataOptionName = keyof typeof dataOptionTable;

/** The options as a checkpoint stores them; paths are absolute. */
export const dataOptionsSchema = z.object({
  root: z.string().optional(),
  csv: z.string().optional(),
  depth: z.int().positive().optional(),
  crop: z.boolean().default(true),
  strict: z.boolean().default(false),
});
export type DataOptions = z.infer<typeof dataOptionsSchema>;

export const defaultDataOptions: DataOptions = dataOptionsSchema.parse({});
