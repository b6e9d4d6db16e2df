/** Builds a small page that a test or a benchmark runs code on. */
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { repositoryRoot } from "@plumage/models/node";
import { type AliasOptions, build, defaultClientConditions } from "vite";

/**
 * @param source the folder with index.html, with a slash at the end
 * @param alias modules to replace
 * @returns the folder of the built page
 */
export async function buildPage(source: URL, alias: AliasOptions = []): Promise<string> {
  const root = fileURLToPath(source);
  const outDir = join(repositoryRoot(), ".tmp", "pages", nameOf(root));
  await build({
    configFile: false,
    root,
    base: "./",
    logLevel: "error",
    // Without this condition onnxruntime-web bundles copies of files that the page places itself.
    resolve: { alias, conditions: ["onnxruntime-web-use-extern-wasm", ...defaultClientConditions] },
    build: { outDir, emptyOutDir: true, target: "es2022", chunkSizeWarningLimit: 2000 },
  });
  return outDir;
}

/** The page's path as a folder name: tests-pages-decoding. */
const nameOf = (root: string): string =>
  relative(join(repositoryRoot(), "e2e"), root).split(sep).filter(Boolean).join("-");
