/** Downloads torchvision's ResNet-50 weights once and verifies the digest in their names. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "@plumage/models/node";
import { download } from "../data/files/download.ts";

/**
 * Addresses by the names that --weights takes. A file's name contains the first digits of its
 * SHA-256, as torch.hub.load_state_dict_from_url (check_hash) expects.
 */
export const imagenetWeights: Readonly<Record<string, string>> = {
  /** IMAGENET1K_V1, top-1 76.13. */
  imagenet: "https://download.pytorch.org/models/resnet50-0676ba61.pth",
  /** IMAGENET1K_V2, top-1 80.86. */
  "imagenet-v2": "https://download.pytorch.org/models/resnet50-11ad3fa6.pth",
};

/**
 * Returns the path of the weights, after downloading them if they are missing.
 *
 * @param name a key of `imagenetWeights`
 * @param url another address of the file (tests)
 * @throws PlumageError "unavailable" without a connection, "bad-file" if the digest differs
 */
export async function fetchWeights(
  name: string,
  signal: AbortSignal,
  folder: string = join(repositoryRoot(), "train", "data", "weights"),
  url: string = imagenetWeights[name]!,
): Promise<string> {
  const file = url.slice(url.lastIndexOf("/") + 1);
  const path = join(folder, file);
  if (existsSync(path)) return path;
  const digest = /-([0-9a-f]{8,})\./.exec(file)![1]!;
  await download({ url, digest: { algorithm: "sha256", hex: digest } }, path, {
    title: `downloading ${file}`,
    hint: `download ${url} elsewhere and add --weights FILE, or train with --weights none`,
    signal,
  });
  return path;
}
