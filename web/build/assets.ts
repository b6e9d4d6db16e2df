/**
 * The Vite plugin behind `import { assets, models, runtimes } from "virtual:plumage-assets"`: where
 * the model's variants, the gallery pack and the runtimes are, how large they are, and their
 * digests. Vite copies each under a name that holds its hash.
 */
import type { Plugin } from "vite";
import type { Store, StoredFile } from "./store.ts";

const id = "virtual:plumage-assets";

/** @param runtimes by the execution provider that needs them */
export function assetTable({
  files,
  models,
  runtimes,
}: Pick<Store, "files" | "models"> & {
  readonly runtimes: Readonly<Record<string, StoredFile>>;
}): Plugin {
  const imports: string[] = [];
  const object = (group: Readonly<Record<string, StoredFile>>, kind = "") => {
    const rows = Object.entries(group).map(([key, { path, bytes, sha256 }]) => {
      const url = `url${imports.length}`;
      imports.push(`import ${url} from ${JSON.stringify(`${path}?url&no-inline`)};`);
      return `  ${JSON.stringify(key)}: { name: "${key}${kind}", url: ${url}, bytes: ${bytes}, sha256: "${sha256}" },`;
    });
    return `{\n${rows.join("\n")}\n};`;
  };
  const tables = [
    `export const assets = ${object(files)}`,
    `export const models = ${object(models, " model")}`,
    `export const runtimes = ${object(runtimes, " runtime")}`,
  ];
  const module = [...imports, ...tables].join("\n");
  return {
    name: "plumage-assets",
    resolveId: (source) => (source === id ? `\0${id}` : undefined),
    load: (source) => (source === `\0${id}` ? module : undefined),
  };
}
