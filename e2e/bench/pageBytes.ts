/** The size of a built page as a host sends it. */
import { readdir, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";

const extensions = [".html", ".js", ".css", ".svg", ".webmanifest"];

/** The page's own files, without the runtime's, the model's and the gallery's. */
const isOwn = (path: string): boolean =>
  extensions.includes(extname(path)) && !path.includes("ort-wasm");

/** Bytes of the page's own files after gzip. */
export async function compressedBytes(folder: string): Promise<number> {
  let bytes = 0;
  for (const path of (await readdir(folder, { recursive: true })).filter(isOwn))
    bytes += gzipSync(await readFile(join(folder, path))).length;
  return bytes;
}
