/**
 * Which kind of image some bytes are, by their first few: nothing is handed to a decoder that it
 * was not written for.
 */
import { PlumageError } from "../errors.ts";

/** An image file format that is recognized by its first bytes. */
export type ImageFormat = "JPEG" | "PNG" | "WebP" | "GIF" | "AVIF";

type Signature = { readonly matches: (bytes: Uint8Array) => boolean } & (
  | { readonly format: ImageFormat }
  | { readonly format: string; readonly refused: string }
);

const textAt = (bytes: Uint8Array, offset: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(offset, offset + length));

const startsWith =
  (text: string, offset = 0) =>
  (bytes: Uint8Array): boolean =>
    textAt(bytes, offset, text.length) === text;

/** The brands that an ISO media file (HEIF, AVIF) says it is compatible with. */
function brands(bytes: Uint8Array): string[] {
  if (!startsWith("ftyp", 4)(bytes)) return [];
  const length = Math.min(
    new DataView(bytes.buffer, bytes.byteOffset).getUint32(0),
    bytes.length,
    256,
  );
  return Array.from({ length: Math.max(0, Math.floor((length - 8) / 4)) }, (_, i) =>
    textAt(bytes, 8 + 4 * i, 4),
  );
}

/** In order: the first that matches counts. */
const signatures: readonly Signature[] = [
  { format: "JPEG", matches: startsWith("\xff\xd8\xff") },
  { format: "PNG", matches: startsWith("\x89PNG\r\n\x1a\n") },
  { format: "WebP", matches: (bytes) => startsWith("RIFF")(bytes) && startsWith("WEBP", 8)(bytes) },
  { format: "GIF", matches: startsWith("GIF8") },
  {
    format: "AVIF",
    matches: (bytes) => brands(bytes).some((brand) => brand === "avif" || brand === "avis"),
  },
  {
    format: "TIFF",
    matches: (bytes) => startsWith("II*\0")(bytes) || startsWith("MM\0*")(bytes),
    refused: "browsers do not show it",
  },
  {
    format: "HEIC",
    matches: (bytes) => brands(bytes).length > 0,
    refused: "its codec is patented and not included",
  },
  { format: "BMP", matches: startsWith("BM"), refused: "no decoder is included" },
  { format: "PDF", matches: startsWith("%PDF"), refused: "it is a document" },
  {
    format: "SVG",
    matches: (bytes) => {
      const text = new TextDecoder().decode(bytes.subarray(0, 1024)).trimStart();
      return text.startsWith("<") && /<svg[\s/>]/i.test(text);
    },
    refused: "it is a program for a renderer, and not to be trusted with strangers' files",
  },
];

const hint = "use JPEG, PNG, WebP, GIF or AVIF";

/**
 * The name of an image's format.
 *
 * @throws PlumageError "bad-image" for nothing, for something else, and for an image that is not
 * read here
 */
export function imageFormat(bytes: Uint8Array): ImageFormat {
  if (bytes.length === 0)
    throw new PlumageError("bad-image", "the image is empty", "0 bytes arrived");
  const signature = signatures.find(({ matches }) => matches(bytes));
  if (!signature) throw new PlumageError("bad-image", "this is not an image", hint);
  if ("refused" in signature)
    throw new PlumageError(
      "bad-image",
      `${signature.format} is not read: ${signature.refused}`,
      hint,
    );
  return signature.format;
}
