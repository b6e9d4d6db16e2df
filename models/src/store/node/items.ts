/** items.jsonl: the data set of a model, one item per line. */
import { basename } from "node:path";
import { type Item, itemSchema } from "../item.ts";
import { parseJson } from "../json.ts";
import { runHint } from "../layout.ts";
import { readText, writeFileWhole } from "./files.ts";
import { storePaths } from "./paths.ts";

/**
 * Reads the items of a model.
 *
 * @param folder models/store/<name>
 * @param hint what to do if the file is missing. Default: train
 * @throws PlumageError "bad-file" that names the line
 */
export async function readItems(
  folder: string,
  hint: string = runHint("train", basename(folder)),
): Promise<Item[]> {
  const path = storePaths(folder).items;
  const text = await readText(path, hint);
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.map((line, i) => parseJson(line, itemSchema, `${path}, line ${i + 1}`));
}

/**
 * Writes items.jsonl whole.
 *
 * @param folder models/store/<name>
 */
export const writeItems = (folder: string, items: readonly Item[]): Promise<void> =>
  writeFileWhole(
    storePaths(folder).items,
    items.map((item) => `${JSON.stringify(item)}\n`).join(""),
  );
