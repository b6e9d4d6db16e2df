/** The model store: models/store/<name>/, one folder for a model and all that belongs to it. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { PlumageError } from "../../errors.ts";
import { type Item, itemSchema } from "../item.ts";
import { type Manifest, manifestSchema } from "../manifest.ts";
import { parseJson, readJson, readText, writeFileWhole } from "./files.ts";

/** The folder of the whole project, wherever a command was started. */
export const repositoryRoot = (): string =>
  fileURLToPath(new URL("../../../..", import.meta.url)).replace(/[\\/]$/, "");

/** A model's name is a folder name. */
export const storeNameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/,
    "use letters, digits, dots, dashes and underscores",
  );

/** Path of models/store/<name>; it may not exist yet. */
export function storeFolder(name: string): string {
  const result = storeNameSchema.safeParse(name);
  if (!result.success)
    throw new PlumageError(
      "bad-input",
      `"${name}" is no name for a model`,
      result.error.issues[0]!.message,
    );
  return join(repositoryRoot(), "models", "store", name);
}

/** The manifest of an exported model. Error: "bad-file" that says to export. */
export const readManifest = (folder: string): Promise<Manifest> =>
  readJson(join(folder, "model.json"), manifestSchema, "run: npm run export");

/** The items of a data set, one JSON object a line. */
export async function readItems(path: string): Promise<Item[]> {
  const text = await readText(path, "run: npm run train");
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.map((line, i) => parseJson(line, itemSchema, `${path}, line ${i + 1}`));
}

export const writeItems = (path: string, items: readonly Item[]): Promise<void> =>
  writeFileWhole(path, items.map((item) => `${JSON.stringify(item)}\n`).join(""));
