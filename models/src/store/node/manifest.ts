/** model.json in a model's folder. */
import { basename } from "node:path";
import { runHint } from "../layout.ts";
import { type Manifest, manifestSchema } from "../manifest.ts";
import { readJson, writeFileWhole } from "./files.ts";
import { storePaths } from "./paths.ts";

/**
 * Reads the manifest of an exported model.
 *
 * @param folder models/store/<name>
 * @throws PlumageError "bad-file" with the export command as its hint
 */
export const readManifest = (folder: string): Promise<Manifest> =>
  readJson(storePaths(folder).manifest, manifestSchema, runHint("export", basename(folder)));

/**
 * Writes model.json whole.
 *
 * @param folder models/store/<name>
 */
export const writeManifest = (folder: string, manifest: Manifest): Promise<void> =>
  writeFileWhole(
    storePaths(folder).manifest,
    `${JSON.stringify(manifestSchema.parse(manifest), null, 2)}\n`,
  );
