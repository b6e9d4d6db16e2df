/** Decodes HEIC files with libheif: the primary image, assembled from its tiles. */
import { PlumageError } from "../../../errors.ts";
import type { RgbImage } from "../../image.ts";
import { checkPixels, type ImageSize } from "../../sizeLimits.ts";
import { iccConversion } from "../color/icc.ts";
import { convertPixels, displayP3 } from "../color/toSrgb.ts";
import { overWhite, unpremultiply } from "../overWhite.ts";
import type { Libheif } from "./libheif.ts";

/** From heif_color.h and heif_image.h. */
const rgbColorspace = 1;
const interleaved = { rgb: 10, rgba: 11 } as const;
const interleavedChannel = 10;
const fourcc = (name: string): number =>
  Array.from(name).reduce((sum, letter) => sum * 256 + letter.charCodeAt(0), 0);

/** From heif_error.h: features that a file uses and this build lacks, such as another codec. */
const unsupportedFeature = 4;

/** Bytes of the structures that are passed by address (wasm32). */
const offsets = {
  /** heif_error: code, subcode, message. */
  error: 0,
  errorMessage: 8,
  /** Results behind the error. */
  result: 16,
  stride: 20,
  scratch: 32,
  /** In heif_decoding_options: an unreadable tile is an error rather than a hole. */
  strictDecoding: 21,
  /** In heif_security_limits: uint64 max_image_size_pixels. */
  maxImagePixels: 8,
  /** In heif_color_profile_nclx. */
  primaries: 4,
};

/** ITU-T H.273, table 2: SMPTE EG 432-1. */
const p3Primaries = 12;

/** A memory that has grown beyond this is given up with its instance: it cannot shrink. */
const maxKeptMemory = 256 * 1024 * 1024;

export class HeifDecoder {
  readonly #start: () => Libheif;
  #instance: Libheif | undefined;

  /** @param start starts an instance of libheif (compileLibheif) */
  constructor(start: () => Libheif) {
    this.#start = start;
  }

  /**
   * Decodes the primary image of a file to upright sRGB on white. libheif applies the file's own
   * rotation, mirroring and cropping (irot, imir, clap); by the standard, EXIF has no say.
   *
   * @throws PlumageError "bad-image" for too many pixels or a feature that is not supported
   * @throws Error with libheif's reason if the file is damaged
   */
  decode(bytes: Uint8Array, maxPixels: number): RgbImage {
    return this.#with(bytes, (file) => file.decode(maxPixels));
  }

  /** The size in the header of the primary image, upright. @throws as decode */
  size(bytes: Uint8Array): ImageSize {
    return this.#with(bytes, (file) => file.size());
  }

  #with<Result>(bytes: Uint8Array, use: (file: HeifFile) => Result): Result {
    this.#instance ??= this.#start();
    const lib = this.#instance;
    try {
      return HeifFile.use(lib, bytes, use);
    } catch (error) {
      // After an abort, as when its memory is full, an instance cannot be used again.
      if (error instanceof WebAssembly.RuntimeError) this.#instance = undefined;
      throw error;
    } finally {
      if (lib.HEAPU8.length > maxKeptMemory) this.#instance = undefined;
    }
  }
}

/** One file in the memory of libheif. */
class HeifFile {
  readonly #lib: Libheif;
  readonly #bytes: Uint8Array;
  /** What to release, in reverse. */
  readonly #cleanup: (() => void)[] = [];
  readonly #scratch: number;

  private constructor(lib: Libheif, bytes: Uint8Array) {
    this.#lib = lib;
    this.#bytes = bytes;
    this.#scratch = this.#allocate(offsets.scratch);
  }

  /** Opens a file, and releases it afterwards. */
  static use<Result>(lib: Libheif, bytes: Uint8Array, use: (file: HeifFile) => Result): Result {
    const file = new HeifFile(lib, bytes);
    try {
      return use(file);
    } finally {
      for (const release of file.#cleanup.reverse()) release();
    }
  }

  size(): ImageSize {
    return this.#sizeOf(this.#primaryImage(this.#read()));
  }

  decode(maxPixels: number): RgbImage {
    const context = this.#read();
    const handle = this.#primaryImage(context);
    const size = this.#sizeOf(handle);
    checkPixels(size, maxPixels);
    // What is inside may be larger than the header says.
    const limits = this.#lib._heif_context_get_security_limits(context);
    this.#view.setBigUint64(limits + offsets.maxImagePixels, BigInt(maxPixels), true);
    const hasAlpha = this.#lib._heif_image_handle_has_alpha_channel(handle) !== 0;
    const pixels = this.#pixels(handle, size, hasAlpha ? 4 : 3);
    if (hasAlpha && this.#lib._heif_image_handle_is_premultiplied_alpha(handle))
      unpremultiply(pixels);
    const conversion = this.#colorConversion(handle);
    if (conversion) convertPixels(pixels, hasAlpha ? 4 : 3, conversion);
    return { ...size, data: hasAlpha ? overWhite(pixels, 127) : pixels };
  }

  #sizeOf(handle: number): ImageSize {
    return {
      width: this.#lib._heif_image_handle_get_width(handle),
      height: this.#lib._heif_image_handle_get_height(handle),
    };
  }

  /** Memory may have grown, and with it moved, since the last call of libheif. */
  get #view(): DataView {
    return new DataView(this.#lib.HEAPU8.buffer);
  }

  #allocate(bytes: number): number {
    const memory = this.#lib._malloc(bytes);
    if (memory === 0) throw new Error("it needs too much memory");
    this.#cleanup.push(() => this.#lib._free(memory));
    return memory;
  }

  /** Calls a function that can fail. @returns the address that it wrote as its result */
  #call(run: (error: number, result: number) => void): number {
    run(this.#scratch + offsets.error, this.#scratch + offsets.result);
    const code = this.#view.getUint32(this.#scratch + offsets.error, true);
    if (code === 0) return this.#view.getUint32(this.#scratch + offsets.result, true);
    const reason = this.#text(this.#view.getUint32(this.#scratch + offsets.errorMessage, true));
    if (code !== unsupportedFeature) throw new Error(reason);
    throw new PlumageError(
      "bad-image",
      "the HEIC file uses a feature that is not supported",
      reason,
    );
  }

  #text(address: number): string {
    const end = this.#lib.HEAPU8.indexOf(0, address);
    return new TextDecoder().decode(this.#lib.HEAPU8.slice(address, end));
  }

  #read(): number {
    const memory = this.#allocate(this.#bytes.length);
    this.#lib.HEAPU8.set(this.#bytes, memory);
    const context = this.#lib._heif_context_alloc();
    this.#cleanup.push(() => this.#lib._heif_context_free(context));
    this.#call((error) =>
      this.#lib._heif_context_read_from_memory_without_copy(
        error,
        context,
        memory,
        this.#bytes.length,
        0,
      ),
    );
    return context;
  }

  #primaryImage(context: number): number {
    const handle = this.#call((error, result) =>
      this.#lib._heif_context_get_primary_image_handle(error, context, result),
    );
    this.#cleanup.push(() => this.#lib._heif_image_handle_release(handle));
    return handle;
  }

  #pixels(handle: number, { width, height }: ImageSize, channels: 3 | 4): Uint8Array {
    const options = this.#lib._heif_decoding_options_alloc();
    this.#cleanup.push(() => this.#lib._heif_decoding_options_free(options));
    this.#lib.HEAPU8[options + offsets.strictDecoding] = 1;
    const chroma = channels === 4 ? interleaved.rgba : interleaved.rgb;
    const image = this.#call((error, result) =>
      this.#lib._heif_decode_image(error, handle, result, rgbColorspace, chroma, options),
    );
    this.#cleanup.push(() => this.#lib._heif_image_release(image));
    const stride = this.#scratch + offsets.stride;
    const plane = this.#lib._heif_image_get_plane_readonly2(image, interleavedChannel, stride);
    const from = this.#lib.HEAPU8.subarray(plane);
    const rowBytes = width * channels;
    const strideBytes = this.#view.getUint32(stride, true);
    const pixels = new Uint8Array(rowBytes * height);
    for (let y = 0; y < height; y++)
      pixels.set(from.subarray(y * strideBytes, y * strideBytes + rowBytes), y * rowBytes);
    return pixels;
  }

  #colorConversion(handle: number) {
    const type = this.#lib._heif_image_handle_get_color_profile_type(handle);
    if (type === fourcc("nclx")) {
      const profile = this.#call((error, result) =>
        this.#lib._heif_image_handle_get_nclx_color_profile(error, handle, result),
      );
      this.#cleanup.push(() => this.#lib._heif_nclx_color_profile_free(profile));
      const primaries = this.#view.getUint32(profile + offsets.primaries, true);
      return primaries === p3Primaries ? displayP3() : undefined;
    }
    if (type !== fourcc("prof") && type !== fourcc("rICC")) return undefined;
    const size = this.#lib._heif_image_handle_get_raw_color_profile_size(handle);
    const memory = this.#allocate(size);
    this.#call((error) =>
      this.#lib._heif_image_handle_get_raw_color_profile(error, handle, memory),
    );
    return iccConversion(this.#lib.HEAPU8.slice(memory, memory + size));
  }
}
