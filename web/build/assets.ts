/**
 * The Vite plugin behind `import { assets } from "virtual:plumage-assets"`: where the model, the gallery pack and the
 * runtime are, how large they are, and their digests. Vite copies each under a name that holds its hash.
 */
import type { Plugin } from "vite";
import type { StoredFile } from "./store.ts";

const id = "virtual:plumage-assets";

/** @param files by the name under which the page knows them */
export function assetTable(files: Readonly<Record<string, StoredFile>>): Plugin {
  return {
    name: "plumage-assets",
    resolveId: (source) => (source === id ? `\0${id}` : undefined),
    load(source) {
      if (source !== `\0${id}`) return undefined;
      const entries = Object.entries(files);
      const imports = entries.map(
        ([, { path }], i) => `import url${i} from ${JSON.stringify(`${path}?url&no-inline`)};`,
      );
      const rows = entries.map(
        ([name, { bytes, sha256 }], i) =>
          `${JSON.stringify(name)}: { name: ${JSON.stringify(name)}, url: url${i}, bytes: ${bytes}, sha256: "${sha256}" },`,
      );
      return `${imports.join("\n")}\nexport const assets = {\n${rows.join("\n")}\n};\n`;
    },
  };
}
