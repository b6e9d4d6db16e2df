/**
 * libheif in WebAssembly, from the npm package libheif-js: its C functions (libheif's heif.h), and
 * how it is started. The package's own wrapper decodes without reporting errors.
 */

/** A pointer into the memory of libheif, or a C integer. */
type Address = number;

/** The C functions in use. Those that can fail write a `heif_error` to their first argument. */
export interface Libheif {
  readonly HEAPU8: Uint8Array;
  _malloc(bytes: number): Address;
  _free(memory: Address): void;
  _heif_context_alloc(): Address;
  _heif_context_free(context: Address): void;
  _heif_context_read_from_memory_without_copy(
    error: Address,
    context: Address,
    memory: Address,
    bytes: number,
    options: 0,
  ): void;
  _heif_context_get_security_limits(context: Address): Address;
  _heif_context_get_primary_image_handle(error: Address, context: Address, handle: Address): void;
  _heif_image_handle_get_width(handle: Address): number;
  _heif_image_handle_get_height(handle: Address): number;
  _heif_image_handle_has_alpha_channel(handle: Address): number;
  _heif_image_handle_is_premultiplied_alpha(handle: Address): number;
  _heif_image_handle_get_color_profile_type(handle: Address): number;
  _heif_image_handle_get_raw_color_profile_size(handle: Address): number;
  _heif_image_handle_get_raw_color_profile(error: Address, handle: Address, profile: Address): void;
  _heif_image_handle_get_nclx_color_profile(
    error: Address,
    handle: Address,
    profile: Address,
  ): void;
  _heif_nclx_color_profile_free(profile: Address): void;
  _heif_image_handle_release(handle: Address): void;
  _heif_decoding_options_alloc(): Address;
  _heif_decoding_options_free(options: Address): void;
  _heif_decode_image(
    error: Address,
    handle: Address,
    image: Address,
    colorspace: number,
    chroma: number,
    options: Address,
  ): void;
  _heif_image_get_plane_readonly2(image: Address, channel: number, stride: Address): Address;
  _heif_image_release(image: Address): void;
}

/** What the package's script exports. */
export type LibheifFactory = (options: {
  readonly print: () => void;
  readonly printErr: () => void;
  readonly instantiateWasm: (
    imports: WebAssembly.Imports,
    done: (instance: WebAssembly.Instance) => unknown,
  ) => unknown;
}) => Libheif;

/**
 * Compiles libheif.
 *
 * @param factory the export of libheif-wasm/libheif.js
 * @param binary libheif-wasm/libheif.wasm
 * @returns a function that starts an instance, which has a memory of its own
 */
export async function compileLibheif(
  factory: LibheifFactory,
  binary: Uint8Array<ArrayBuffer>,
): Promise<() => Libheif> {
  const module = await WebAssembly.compile(binary);
  return () =>
    factory({
      print: () => undefined,
      printErr: () => undefined,
      instantiateWasm: (imports, done) => done(new WebAssembly.Instance(module, imports)),
    });
}
