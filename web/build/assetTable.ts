/**
 * The Vite plugin behind "virtual:plumage-assets": URL, size and digest of the model's variants,
 * its text encoder, the gallery pack, the onnxruntime builds and the image decoders. Vite copies
 * each file under a name with its hash.
 */
import type { Plugin } from "vite";
import type { Store, StoredFile } from "./store.ts";

const id = "virtual:plumage-assets";

/**
 * @param runtimes by execution provider
 * @param decoders the script and the binary of libheif
 */
export function assetTable({
  files,
  models,
  text,
  runtimes,
  decoders,
}: Pick<Store, "files" | "models" | "text"> & {
  readonly runtimes: Readonly<Record<string, StoredFile>>;
  readonly decoders: Readonly<Record<string, StoredFile>>;
}): Plugin {
  const imports: string[] = [];
  /** @param noun completes the name in error messages, e.g. "int8 model" */
  const table = (group: Readonly<Record<string, StoredFile>>, noun = "") => {
    const rows = Object.entries(group).map(([key, { path, bytes, sha256 }]) => {
      const url = `url${imports.length}`;
      imports.push(`import ${url} from ${JSON.stringify(`${path}?url&no-inline`)};`);
      const name = JSON.stringify(key + noun);
      const asset = `{ name: ${name}, url: ${url}, bytes: ${bytes}, sha256: "${sha256}" }`;
      return `  ${JSON.stringify(key)}: ${asset},`;
    });
    return `{\n${rows.join("\n")}\n};`;
  };
  const tables = [
    `export const assets = ${table(files)}`,
    `export const models = ${table(models, " model")}`,
    `export const text = ${table(text, " for words")}`,
    `export const runtimes = ${table(runtimes, " runtime")}`,
    `export const decoders = ${table(decoders, " for HEIC images")}`,
  ];
  const module = [...imports, ...tables].join("\n");
  return {
    name: "plumage-assets",
    resolveId: (source) => (source === id ? `\0${id}` : undefined),
    load: (source) => (source === `\0${id}` ? module : undefined),
  };
}
