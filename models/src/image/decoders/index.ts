/**
 * Decoders of the formats that browsers do not all read. They run in Node and in browsers, so that
 * both have the same pixels, and are loaded when the first such image comes.
 *
 * @module @plumage/models/decoders
 */
import { PlumageError } from "../../errors.ts";
import type { RgbImage } from "../image.ts";
import type { PortableFormat } from "../imageFormat.ts";
import { checkSides, type ImageSize } from "../sizeLimits.ts";
import { decodeBmp } from "./bmp/bmp.ts";
import { readBmpHeader } from "./bmp/header.ts";
import { HeifDecoder } from "./heif/heif.ts";
import type { Libheif } from "./heif/libheif.ts";
import type { DecodeJpeg } from "./tiff/jpeg.ts";
import { decodeTiff, tiffSize } from "./tiff/tiff.ts";

export { compileLibheif, type Libheif, type LibheifFactory } from "./heif/libheif.ts";

/** What the decoders need of the runtime. */
export interface PortableDecodersOptions {
  /** Loads libheif, for the first HEIC file. @returns a function that starts an instance */
  readonly loadLibheif: () => Promise<() => Libheif>;
  /** Decodes the JPEGs of which a TIFF may consist. */
  readonly decodeJpeg: DecodeJpeg;
}

/** Every method throws PlumageError "bad-image", or what `loadLibheif` throws. */
export class PortableDecoders {
  readonly #options: PortableDecodersOptions;
  #heif: Promise<HeifDecoder> | undefined;

  constructor(options: PortableDecodersOptions) {
    this.#options = options;
  }

  /**
   * Decodes an image to upright 8-bit sRGB on white.
   *
   * @param maxPixels limit for width * height, checked before anything is decoded
   */
  async decode(format: PortableFormat, bytes: Uint8Array, maxPixels: number): Promise<RgbImage> {
    await this.size(format, bytes);
    return this.#explaining(format, (heif) => {
      if (heif) return heif.decode(bytes, maxPixels);
      if (format === "TIFF") return decodeTiff(bytes, maxPixels, this.#options.decodeJpeg);
      return decodeBmp(bytes, maxPixels);
    });
  }

  /** The size of an image as its header states it. */
  size(format: PortableFormat, bytes: Uint8Array): Promise<ImageSize> {
    return this.#explaining(format, (heif) => {
      const { width, height } = heif
        ? heif.size(bytes)
        : format === "TIFF"
          ? tiffSize(bytes)
          : readBmpHeader(bytes);
      checkSides({ width, height });
      return { width, height };
    });
  }

  /** Turns the decoders' errors into PlumageErrors. */
  async #explaining<Result>(
    format: PortableFormat,
    work: (heif: HeifDecoder | undefined) => Result | Promise<Result>,
  ): Promise<Result> {
    const heif = format === "HEIC" ? await this.#openHeif() : undefined;
    try {
      return await work(heif);
    } catch (cause) {
      if (cause instanceof PlumageError) throw cause;
      const message = `the ${format} file is damaged or truncated`;
      throw new PlumageError("bad-image", message, reasonOf(cause as Error), { cause });
    }
  }

  /** A failure is not remembered: a network may come back. */
  #openHeif(): Promise<HeifDecoder> {
    this.#heif ??= this.#options.loadLibheif().then((start) => new HeifDecoder(start));
    return this.#heif.catch((error) => {
      this.#heif = undefined;
      throw error;
    });
  }
}

/** Of a read behind the end, and of a memory that is full, engines say nothing that helps. */
const reasonOf = (error: Error): string =>
  error instanceof RangeError || error instanceof WebAssembly.RuntimeError
    ? "it ends before its last row, or is larger than it says"
    : error.message;
