/** Loads libheif from the npm package libheif-js. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { compileLibheif, type Libheif, type LibheifFactory } from "../decoders/index.ts";

const require = createRequire(import.meta.url);

/** @returns a function that starts an instance */
export async function loadLibheif(): Promise<() => Libheif> {
  const factory = require("libheif-js/libheif-wasm/libheif.js") as LibheifFactory;
  const binary = await readFile(require.resolve("libheif-js/libheif-wasm/libheif.wasm"));
  return compileLibheif(factory, new Uint8Array(binary));
}
