/** Downloads CUB-200-2011 from its public address into train/data/cub. */
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { repositoryRoot } from "@plumage/models/node";
import type { PrepareContext } from "../dataset.ts";
import { type DownloadSource, download } from "../files/download.ts";
import { unpack } from "../files/unpack.ts";

/** Caltech's record; torchvision-style loaders check the same length and MD5. */
const caltech: DownloadSource & { readonly bytes: number } = {
  url: "https://data.caltech.edu/records/65de6-vp158/files/CUB_200_2011.tgz",
  bytes: 1_150_585_339,
  digest: { algorithm: "md5", hex: "97eceeb196236b17998738112f37df78" },
};
const folderName = "CUB_200_2011";

/**
 * Returns the folder CUB_200_2011, after downloading and unpacking it if it is missing. The archive
 * is deleted once it is unpacked.
 *
 * @throws PlumageError "unavailable" without a connection, "bad-file" for an unexpected archive
 */
export async function downloadCub(
  { signal, print }: Pick<PrepareContext, "signal" | "print">,
  source: DownloadSource & { readonly bytes: number } = caltech,
  home: string = join(repositoryRoot(), "train", "data", "cub"),
): Promise<string> {
  const folder = join(home, folderName);
  if (existsSync(folder)) return folder;
  const archive = join(home, `${folderName}.tgz`);
  if (!existsSync(archive)) {
    const gigabytes = (source.bytes / 1e9).toFixed(2);
    print(
      `downloading ${source.url} (${gigabytes} GB; ` +
        "press Ctrl-C to stop, run the same command to continue)",
    );
    const hint = `try again later, or unpack the archive yourself and add --root ${folderName}`;
    await download(source, archive, { title: "downloading CUB-200-2011", hint, signal });
  }
  await unpack(archive, folderName, folder, { title: "unpacking CUB-200-2011", signal });
  await rm(archive);
  return folder;
}
