/** CUB-200-2011 from its public address, into train/data/cub. */
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { repositoryRoot } from "@plumage/models/node";
import type { PrepareContext } from "../dataset.ts";
import { type DownloadSource, download } from "../files/download.ts";
import { unpack } from "../files/unpack.ts";

/** Caltech's own record; length and MD5 are those that public loaders of the data set check. */
const source: DownloadSource & { readonly bytes: number } = {
  url: "https://data.caltech.edu/records/65de6-vp158/files/CUB_200_2011.tgz",
  bytes: 1_150_585_339,
  digest: { algorithm: "md5", hex: "97eceeb196236b17998738112f37df78" },
};
const member = "CUB_200_2011";

/**
 * The folder CUB_200_2011, downloaded and unpacked if it is not there yet. The archive is removed
 * once it is unpacked.
 *
 * @throws PlumageError "unavailable" without a connection, "bad-file" where the archive is not the
 * expected one
 */
export async function downloadedCub(
  { signal, print }: Pick<PrepareContext, "signal" | "print">,
  from: DownloadSource & { readonly bytes: number } = source,
  home: string = join(repositoryRoot(), "train", "data", "cub"),
): Promise<string> {
  const folder = join(home, member);
  if (existsSync(folder)) return folder;
  const archive = join(home, `${member}.tgz`);
  if (!existsSync(archive)) {
    print(
      `downloading ${from.url} (${(from.bytes / 1e9).toFixed(2)} GB; Ctrl-C stops it, the same command goes on)`,
    );
    const hint = "start again later, or unpack the archive yourself and give --root CUB_200_2011";
    await download(from, archive, { title: "downloading CUB-200-2011", hint, signal });
  }
  await unpack(archive, member, folder, { title: "unpacking CUB-200-2011", signal });
  await rm(archive);
  return folder;
}
