/**
 * Detects an image's format by its first bytes, so that no decoder is given a format that it should
 * not open.
 */
import { PlumageError } from "../errors.ts";

/** An image file format that is recognized by its first bytes. */
export type ImageFormat = "JPEG" | "PNG" | "WebP" | "GIF" | "AVIF";

type Signature = { readonly matches: (bytes: Uint8Array) => boolean } & (
  | { readonly format: ImageFormat }
  | { readonly format: string; readonly unsupportedBecause: string }
);

const textAt = (bytes: Uint8Array, offset: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(offset, offset + length));

const startsWith =
  (text: string, offset = 0) =>
  (bytes: Uint8Array): boolean =>
    textAt(bytes, offset, text.length) === text;

/** The compatible brands of an ISO base media file (HEIF, AVIF). */
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

/** The first that matches wins. */
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
    unsupportedBecause: "browsers do not display it",
  },
  {
    format: "HEIC",
    matches: (bytes) => brands(bytes).length > 0,
    unsupportedBecause: "its codec is patented and not included",
  },
  { format: "BMP", matches: startsWith("BM"), unsupportedBecause: "no decoder is included" },
  { format: "PDF", matches: startsWith("%PDF"), unsupportedBecause: "it is a document" },
  {
    format: "SVG",
    matches: (bytes) => {
      const text = new TextDecoder().decode(bytes.subarray(0, 1024)).trimStart();
      return text.startsWith("<") && /<svg[\s/>]/i.test(text);
    },
    unsupportedBecause: "it can contain scripts, so files of others cannot be trusted",
  },
];

const hint = "use JPEG, PNG, WebP, GIF or AVIF";

/**
 * Detects the format of an image.
 *
 * @throws PlumageError "bad-image" for empty input, unknown data and unsupported formats
 */
export function imageFormat(bytes: Uint8Array): ImageFormat {
  if (bytes.length === 0)
    throw new PlumageError("bad-image", "the image is empty", "it has 0 bytes");
  const signature = signatures.find(({ matches }) => matches(bytes));
  if (!signature) throw new PlumageError("bad-image", "this is not an image", hint);
  if ("unsupportedBecause" in signature)
    throw new PlumageError(
      "bad-image",
      `${signature.format} is not supported: ${signature.unsupportedBecause}`,
      hint,
    );
  return signature.format;
}
