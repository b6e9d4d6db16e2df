/**
 * Detects an image's format by its first bytes, so that no decoder is given a format that it should
 * not open.
 */
import { PlumageError } from "../errors.ts";

/** An image file format that is recognized by its first bytes. */
export type ImageFormat = "JPEG" | "PNG" | "WebP" | "GIF" | "AVIF" | PortableFormat;

/** Formats that not all browsers read, for which decoders of our own run everywhere. */
export type PortableFormat = "HEIC" | "TIFF" | "BMP";

export const isPortable = (format: ImageFormat): format is PortableFormat =>
  format === "HEIC" || format === "TIFF" || format === "BMP";

/**
 * By the extensions of files that are images. Includes SVG, which is not supported: an image that
 * somebody expects to be found must be reported with its reason, not ignored as another file.
 */
const imageExtension = /\.(jpe?g|jpe|jfif|png|webp|gif|avif|bmp|dib|tiff?|hei[cf]s?|hif|svg)$/i;

/** Whether a file's name says that it is an image. Its content decides how it is read. */
export const hasImageExtension = (name: string): boolean => imageExtension.test(name);

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

/**
 * Brands of HEIF files (ISO/IEC 23008-12): HEVC in 8 bits, in more, and scalable; or any codec, as
 * phones mark files that consist of tiles. What has another codec is refused by the decoder.
 */
const heifBrands: ReadonlySet<string> = new Set(
  "heic heix heim heis hevc hevx hevm hevs mif1 mif2 msf1 miaf".split(" "),
);

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
    format: "HEIC",
    matches: (bytes) => brands(bytes).some((brand) => heifBrands.has(brand)),
  },
  {
    format: "TIFF",
    matches: (bytes) => startsWith("II*\0")(bytes) || startsWith("MM\0*")(bytes),
  },
  {
    format: "BigTIFF",
    matches: (bytes) => startsWith("II+\0")(bytes) || startsWith("MM\0+")(bytes),
    unsupportedBecause: "it is made for files of more than 4 GB",
  },
  { format: "BMP", matches: startsWith("BM") },
  {
    format: "a video",
    matches: (bytes) => brands(bytes).length > 0,
    unsupportedBecause: "it is not an image",
  },
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

/** For messages. */
export const readableFormats = "JPEG, PNG, WebP, GIF, AVIF, HEIC, TIFF or BMP";

const hint = `use ${readableFormats}`;

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
