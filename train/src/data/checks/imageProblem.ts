/** Why an image file cannot be trained on, if it cannot. */
import { readFile } from "node:fs/promises";
import { cropAndResize, type Item, PlumageError } from "@plumage/models";
import { decodeImage } from "@plumage/models/node";
import sharp from "sharp";

type Metadata = Awaited<ReturnType<ReturnType<typeof sharp>["metadata"]>>;

/**
 * What can be decoded, and yet not be relied on: which frame, which profile and which rounding are
 * taken differs from one decoder to the next, and with it the pixels that the network would learn
 * from.
 */
const unreliable: readonly ((metadata: Metadata) => string | undefined)[] = [
  ({ pages }) => (pages !== undefined && pages > 1 ? `it is animated, ${pages} frames` : undefined),
  ({ space }) => (space === "cmyk" ? "its colors are CMYK" : undefined),
  ({ depth }) =>
    depth !== undefined && depth !== "uchar" ? "it has more than 8 bits a color" : undefined,
];

/**
 * Reads, decodes and crops the image as training would.
 *
 * @returns what is wrong, in words; undefined where nothing is
 */
export async function imageProblem({
  path,
  box,
}: Pick<Item, "path" | "box">): Promise<string | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ENOENT" ? "the file is missing" : `the file cannot be read (${code})`;
  }
  try {
    const image = await decodeImage(bytes);
    // A box beside the image shows in any size.
    if (box) cropAndResize(image, 1, box);
  } catch (error) {
    if (error instanceof PlumageError) return error.message;
    throw error;
  }
  const metadata = await sharp(bytes, { limitInputPixels: false }).metadata();
  for (const check of unreliable) {
    const problem = check(metadata);
    if (problem) return problem;
  }
  return undefined;
}
