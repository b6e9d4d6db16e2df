/** Where things are: the repository, a model's folder in the store, and the files in it. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { PlumageError } from "../../errors.ts";
import { defaultModel, galleryFiles, indexFiles, storeFiles } from "../layout.ts";

/** The root folder of the repository, wherever a command is started. */
export const repositoryRoot = (): string =>
  fileURLToPath(new URL("../../../..", import.meta.url)).replace(/[\\/]$/, "");

/** A model's name is a folder name. */
export const storeNameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/,
    "use letters, digits, dots, dashes and underscores",
  );

/** Several names, separated by commas. */
export const storeNamesSchema = z
  .string()
  .transform((names) => names.split(",").map((name) => name.trim()))
  .pipe(z.array(storeNameSchema));

/** The option --name of a command. */
export const modelNameOption = {
  description: "name of the model in models/store",
  value: "NAME",
  schema: storeNameSchema.default(defaultModel),
};

/** Path of models/store/<name>; it may not exist yet. */
export function storeFolder(name: string): string {
  const result = storeNameSchema.safeParse(name);
  if (!result.success)
    throw new PlumageError(
      "bad-input",
      `"${name}" is not a valid model name`,
      result.error.issues[0]!.message,
    );
  return join(repositoryRoot(), "models", "store", name);
}

type Paths<Files> = { readonly [Name in keyof Files]: string };

const pathsOf = <Files extends Readonly<Record<string, string>>>(
  folder: string,
  files: Files,
): Paths<Files> =>
  Object.fromEntries(
    Object.entries(files).map(([name, file]) => [name, join(folder, file)]),
  ) as Paths<Files>;

/**
 * Paths of a model's files, e.g. storePaths(storeFolder("emoji")).items.
 *
 * @param folder models/store/<name>
 */
export const storePaths = (folder: string): Paths<typeof storeFiles> => pathsOf(folder, storeFiles);

/**
 * Paths of the files of an index.
 *
 * @param folder storePaths(...).index
 */
export const indexPaths = (folder: string): Paths<typeof indexFiles> => pathsOf(folder, indexFiles);

/**
 * Paths of the files of a gallery pack.
 *
 * @param folder storePaths(...).gallery
 */
export const galleryPaths = (folder: string): Paths<typeof galleryFiles> =>
  pathsOf(folder, galleryFiles);

/** The checked-in checkpoint that training on a data set starts from, and its report. */
export function startingCheckpoint(dataset: string): { checkpoint: string; report: string } {
  const path = join(repositoryRoot(), "models", "checkpoints", dataset);
  return { checkpoint: `${path}.safetensors`, report: `${path}.report.json` };
}
