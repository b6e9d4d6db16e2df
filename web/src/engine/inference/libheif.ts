/** Starts libheif from its two files, which pages load from different places. */
import type { Libheif, LibheifFactory } from "@plumage/models/decoders";

/**
 * Evaluates libheif's script, which is no module, and compiles its WebAssembly.
 *
 * @returns a function that starts an instance
 */
export async function startLibheif(
  script: Uint8Array<ArrayBuffer>,
  binary: Uint8Array<ArrayBuffer>,
): Promise<() => Libheif> {
  const { compileLibheif } = await import("@plumage/models/decoders");
  const parts = [script, "\nexport default libheif;\n"];
  const url = URL.createObjectURL(new Blob(parts, { type: "text/javascript" }));
  try {
    const module = (await import(/* @vite-ignore */ url)) as { default: LibheifFactory };
    return await compileLibheif(module.default, binary);
  } finally {
    URL.revokeObjectURL(url);
  }
}
