/** The size of a stored image by its header, without decoding it. */
import { imageSize } from "image-size";
import type { ImageFile } from "../collection/imageFile.ts";

/** Bytes within which nearly all headers are, and those within which the others are. */
const parts = [2 ** 14, 2 ** 18] as const;

export interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * Reads an image's size, and closes the file.
 *
 * @returns undefined if its start does not tell
 */
export async function headerSize(file: ImageFile): Promise<Size | undefined> {
  try {
    for (const length of parts) {
      const size = sizeIn(await file.read(0, length));
      if (size) return size;
      if (length >= file.bytes) break;
    }
    return undefined;
  } finally {
    await file.close();
  }
}

function sizeIn(start: Uint8Array): Size | undefined {
  try {
    const { width, height } = imageSize(start);
    return { width, height };
  } catch {
    return undefined;
  }
}
