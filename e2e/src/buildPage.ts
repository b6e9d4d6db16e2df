/** Builds a small page of the tests' or benches' own. */
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { repositoryRoot } from "@plumage/models/node";
import { type AliasOptions, build, defaultClientConditions } from "vite";

/**
 * @param page the folder with index.html, ending in a slash
 * @param alias modules that the page gets in others' places
 * @returns the folder of the built page, named after the folder that `page` lies in
 */
export async function buildPage(page: URL, alias: AliasOptions = []): Promise<string> {
  const root = fileURLToPath(page);
  const outDir = join(repositoryRoot(), ".tmp", "pages", basename(join(root, "..")));
  await build({
    configFile: false,
    root,
    base: "./",
    logLevel: "error",
    // The runtime's files are placed by the page; without this condition it brings copies of its
    // own.
    resolve: { alias, conditions: ["onnxruntime-web-use-extern-wasm", ...defaultClientConditions] },
    build: { outDir, emptyOutDir: true, target: "es2022", chunkSizeWarningLimit: 2000 },
  });
  return outDir;
}
