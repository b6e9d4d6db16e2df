/** Builds a small page of the tests' or benches' own. */
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { repositoryRoot } from "@plumage/models/node";
import { type AliasOptions, build, defaultClientConditions } from "vite";

/**
 * @param page the folder with index.html, ending in a slash
 * @param alias modules that the page gets in others' places
 * @returns the folder of the built page
 */
export async function buildPage(page: URL, alias: AliasOptions = []): Promise<string> {
  const root = fileURLToPath(page);
  const outDir = join(repositoryRoot(), ".tmp", "pages", nameOf(root));
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

/** The page's path in e2e as a folder name: tests-pages-decoding. */
const nameOf = (root: string): string =>
  relative(join(repositoryRoot(), "e2e"), root).split(sep).filter(Boolean).join("-");
