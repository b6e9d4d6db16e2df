/**
 * The options that choose and shape a data set, for a command line and for the settings of a run.
 */
import { resolve } from "node:path";
import { z } from "zod";

/** npm changes to the project's folder; a person means paths from where the command was typed. */
const path = z
  .string()
  .min(1)
  .transform((given) => resolve(process.env.INIT_CWD ?? process.cwd(), given));

/** One option each of a command's table (`runCommand`). */
export const dataOptionTable = {
  root: {
    description: "folder of the data set's files (cub, folder, csv)",
    value: "FOLDER",
    schema: path.optional(),
  },
  csv: {
    description: "table of the images: path, label[, box][, split] (csv)",
    value: "FILE",
    schema: path.optional(),
  },
  depth: {
    description: "folders from the root down to a class (folder; without it 1)",
    value: "N",
    schema: z.coerce.number().int("use a whole number").positive("use a number above 0").optional(),
  },
  crop: {
    description: "use whole images, not the boxes in them (cub, csv)",
    schema: z.boolean().default(true),
  },
  strict: {
    description: "stop at images that cannot be used, instead of skipping them (cub, folder, csv)",
    schema: z.boolean().default(false),
  },
};
export type DataOptionName = keyof typeof dataOptionTable;

/** As a checkpoint keeps them; paths are absolute. */
export const dataOptionsSchema = z.object({
  root: z.string().optional(),
  csv: z.string().optional(),
  depth: z.int().positive().optional(),
  crop: z.boolean().default(true),
  strict: z.boolean().default(false),
});
export type DataOptions = z.infer<typeof dataOptionsSchema>;

/** What a run without any of these options has. */
export const noDataOptions: DataOptions = dataOptionsSchema.parse({});
