/** Lists the images of a folder as items to index. */
import { readlink, realpath } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { PlumageError, readableFormats, unlabeled } from "@plumage/models";
import { describeLeftOut, findImages, mayComeBack, sha256 } from "@plumage/models/node";
import type { Listing } from "./listing.ts";

/** The API takes ids of at most 400 characters; each may be two code units. */
const maxIdLength = 180;

/**
 * Every image in a folder and its subfolders. An image's label is its subfolder, its id its path.
 *
 * @param print receives a line for each kind of file that is left out
 * @throws PlumageError "bad-file" for a folder that cannot be read or has no images
 */
export async function folderItems(
  folder: string,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<Listing> {
  const root = resolve(folder);
  const { images, leftOut } = await findImages(root, "choose a folder of images", signal);
  for (const line of describeLeftOut(leftOut)) print(line);
  if (images.length === 0) {
    throw new PlumageError(
      "bad-file",
      `${folder} contains no images`,
      `use ${readableFormats} files`,
    );
  }
  const items = images.map((name) => {
    const subfolder = dirname(name);
    return {
      id: idOf(name),
      path: join(root, name),
      // Composed: macOS stores names decomposed, and a filter is typed composed.
      label: subfolder === "." ? unlabeled : subfolder.normalize("NFC"),
      split: "test" as const,
    };
  });
  const unread = leftOut.filter(mayComeBack).map(({ name }) => join(root, name));
  // Images are indexed under their real paths.
  const targets = await Promise.all(unread.map(realTarget));
  return { items, unread: [...new Set([...unread, ...targets])] };
}

/** The real path; of a broken link, where it leads. */
const realTarget = (path: string): Promise<string> =>
  realpath(path).catch(() =>
    readlink(path).then(
      (target) => resolve(dirname(path), target),
      () => path,
    ),
  );

/** The path with "~" for slashes; where another path could have the same, with its digest. */
function idOf(name: string): string {
  const id = name.replaceAll("/", "~");
  if (!name.includes("~") && id.length <= maxIdLength) return id;
  const start = id.slice(0, maxIdLength).toWellFormed();
  return `${start}~${sha256(Buffer.from(name)).slice(0, 12)}`;
}
