/** Finds out why an image file cannot be trained on. */
import { readFile, stat } from "node:fs/promises";
import { cropAndResize, type Item, imageFormat, isPortable, PlumageError } from "@plumage/models";
import { decodeImage } from "@plumage/models/node";
import sharp from "sharp";

type Metadata = Awaited<ReturnType<ReturnType<typeof sharp>["metadata"]>>;

/**
 * Files that decode, but to pixels that depend on the decoder: which frame, color profile or
 * rounding it picks.
 */
const decoderDependent: readonly ((metadata: Metadata) => string | undefined)[] = [
  ({ pages }) => (pages !== undefined && pages > 1 ? `it is animated, ${pages} frames` : undefined),
  ({ space }) => (space === "cmyk" ? "its color space is CMYK" : undefined),
  ({ depth }) =>
    depth !== undefined && depth !== "uchar" ? "it has more than 8 bits per channel" : undefined,
];

/**
 * Reads, decodes and crops the image as training does.
 *
 * @returns a description of the problem, or undefined if the image is usable
 */
export async function imageProblem({
  path,
  box,
}: Pick<Item, "path" | "box">): Promise<string | undefined> {
  let bytes: Uint8Array;
  try {
    // Reading a pipe or a device may never end.
    if (!(await stat(path)).isFile()) return "it is not a file";
    bytes = await readFile(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ENOENT" ? "the file is missing" : `the file cannot be read (${code})`;
  }
  try {
    const image = await decodeImage(bytes);
    // Any size reveals a box outside the image.
    if (box) cropAndResize(image, 1, box);
  } catch (error) {
    if (error instanceof PlumageError) return error.message;
    throw error;
  }
  // The same decoder runs everywhere, and takes the first page.
  if (isPortable(imageFormat(bytes))) return undefined;
  const metadata = await sharp(bytes, { limitInputPixels: false }).metadata();
  for (const check of decoderDependent) {
    const problem = check(metadata);
    if (problem) return problem;
  }
  return undefined;
}
