/**
 * torchvision's ResNet-50 weights: downloaded once, kept, and known by the digest in their names.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "@plumage/models/node";
import { download } from "../data/files/download.ts";

/**
 * By --weights' names; the digest's start stands in the file's name
 * (torch.hub.load_state_dict_from_url, check_hash).
 */
export const imagenetWeights: Readonly<Record<string, string>> = {
  /** IMAGENET1K_V1, top-1 76.13. */
  imagenet: "https://download.pytorch.org/models/resnet50-0676ba61.pth",
  /** IMAGENET1K_V2, top-1 80.86. */
  "imagenet-v2": "https://download.pytorch.org/models/resnet50-11ad3fa6.pth",
};

const fileOf = (url: string): string => url.slice(url.lastIndexOf("/") + 1);

/**
 * The path of the weights, after a download if they are not there yet.
 *
 * @param from another address of the same file (tests)
 * @throws PlumageError "unavailable" without a connection, "bad-file" where the bytes are others
 */
export async function fetchWeights(
  which: string,
  signal: AbortSignal,
  folder: string = join(repositoryRoot(), "train", "data", "weights"),
  from: string = imagenetWeights[which]!,
): Promise<string> {
  const file = fileOf(from);
  const path = join(folder, file);
  if (existsSync(path)) return path;
  const start = /-([0-9a-f]{8,})\./.exec(file)![1]!;
  await download({ url: from, digest: { algorithm: "sha256", hex: start } }, path, {
    title: `downloading ${file}`,
    hint: `get ${from} on another machine and give it with --weights FILE, or train with --weights none`,
    signal,
  });
  return path;
}
