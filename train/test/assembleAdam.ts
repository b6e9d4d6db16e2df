/** Assembles engine/recorded/adam/adam.wat. */
import { readFileSync } from "node:fs";
import wabt from "wabt";

export const adamFile = (ending: "wat" | "wasm"): URL =>
  new URL(`../src/engine/recorded/adam/adam.${ending}`, import.meta.url);

export async function assembleAdam(): Promise<Uint8Array> {
  const program = (await wabt()).parseWat("adam.wat", readFileSync(adamFile("wat"), "utf8"), {
    simd: true,
  });
  program.validate();
  return program.toBinary({}).buffer;
}
