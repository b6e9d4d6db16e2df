/** Assembles src/engine/search/cosines/cosines.wat. */
import { readFileSync } from "node:fs";
import wabt from "wabt";

export const cosinesFile = (extension: "wat" | "wasm"): URL =>
  new URL(`../../src/engine/search/cosines/cosines.${extension}`, import.meta.url);

/** @returns the content of cosines.wasm */
export async function assembleCosines(): Promise<Uint8Array> {
  const text = readFileSync(cosinesFile("wat"), "utf8");
  const module = (await wabt()).parseWat("cosines.wat", text, { simd: true });
  module.validate();
  return module.toBinary({}).buffer;
}
