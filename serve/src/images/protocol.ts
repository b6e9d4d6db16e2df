/** What the reader of images and its threads say to each other. */
import type { Box, ErrorCode } from "@plumage/models";

export interface ReaderData {
  /** The model's steps of resizing. */
  readonly resize: readonly number[];
}

export interface ReadRequest {
  readonly bytes: Uint8Array;
  readonly box: Box | undefined;
  readonly isKept: boolean;
}

export interface ReadImage {
  /** RGB bytes, [side, side, 3]. */
  readonly pixels: Uint8Array;
  readonly decodeMs: number;
  readonly preprocessMs: number;
  /** Of the file, in lower-case hexadecimal; for an image that is kept. */
  readonly sha256?: string;
}

export type ReadReply =
  | { readonly kind: "done"; readonly image: ReadImage }
  | {
      readonly kind: "refused";
      readonly code: ErrorCode;
      readonly message: string;
      readonly hint: string | undefined;
    }
  | { readonly kind: "failed"; readonly message: string };
