/** Keeps a run from replacing what it is made from, or what another project made. */
import { existsSync } from "node:fs";
import { basename } from "node:path";
import { PlumageError } from "@plumage/models";
import { readManifest, storePaths } from "@plumage/models/node";

/**
 * @param folder models/store/<name>
 * @param backbone what --backbone names
 * @throws PlumageError "bad-input" if the run would write into the folder of its backbone, or of an
 * imported model
 */
export async function assertName(folder: string, backbone: string | undefined): Promise<void> {
  const name = basename(folder);
  const hint = "choose another --name";
  if (name === backbone)
    throw new PlumageError("bad-input", `the run would replace "${name}", its own backbone`, hint);
  const { manifest, checkpoint } = storePaths(folder);
  if (existsSync(checkpoint) || !existsSync(manifest)) return;
  // A manifest that cannot be read is no reason not to train.
  const found = await readManifest(folder).catch(() => undefined);
  if (found?.architecture.name !== "imported") return;
  throw new PlumageError("bad-input", `"${name}" is an imported model`, hint);
}
