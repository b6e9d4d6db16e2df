/** Makes WebAssembly of engine/cosines/cosines.wat. */
import { readFileSync } from "node:fs";
import wabt from "wabt";

export const cosinesFile = (ending: "wat" | "wasm"): URL =>
  new URL(`../src/engine/search/cosines/cosines.${ending}`, import.meta.url);

export async function assembleCosines(): Promise<Uint8Array> {
  const program = (await wabt()).parseWat("cosines.wat", readFileSync(cosinesFile("wat"), "utf8"), {
    simd: true,
  });
  program.validate();
  return program.toBinary({}).buffer;
}
