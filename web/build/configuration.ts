/**
 * The static build: the page, one model of the store (PLUMAGE_NAME, `emoji` if unset), its gallery
 * and the runtime, in web/dist whatever the model is called. Paths are relative, so that the folder
 * can be put anywhere on any host of static files.
 */

import { createRequire } from "node:module";
import { relative, resolve } from "node:path";
import { PlumageError } from "@plumage/models";
import { exitWithError } from "@plumage/models/cli";
import { repositoryRoot, storeFolder } from "@plumage/models/node";
import { defaultClientConditions, type Plugin, type UserConfig } from "vite";
import { VitePWA } from "vite-plugin-pwa";
import { assetTable } from "./assets.ts";
import { describeFile, readStore } from "./store.ts";

/** Wasm threads need shared memory, which browsers give to isolated pages only. */
const isolation = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

async function build(): Promise<UserConfig> {
  const { manifest, files, models } = await readStore(
    storeFolder(process.env.PLUMAGE_NAME || "emoji"),
  );
  const runtime = (build: string) =>
    describeFile(
      createRequire(import.meta.url).resolve(`onnxruntime-web/ort-wasm-simd-threaded${build}.wasm`),
    );
  // Without WebGPU the runtime is half as large, and starts in half the time.
  const runtimes = { wasm: await runtime(""), webgpu: await runtime(".asyncify") };
  const table = () => assetTable({ files, models, runtimes });
  return {
    base: "./",
    // The runtime's files are ours to place; without this condition it brings copies of its own.
    resolve: { conditions: ["onnxruntime-web-use-extern-wasm", ...defaultClientConditions] },
    server: { headers: isolation, fs: { allow: [repositoryRoot()] } },
    preview: { headers: isolation },
    worker: { format: "es", plugins: () => [table()] },
    plugins: [
      table(),
      sayWhere(manifest.name),
      VitePWA({
        strategies: "injectManifest",
        srcDir: "src/offline",
        filename: "serviceWorker.ts",
        injectRegister: false,
        manifest: {
          name: "Plumage",
          short_name: "Plumage",
          description: "Search images with an image, on this device.",
          start_url: "./",
          scope: "./",
          display: "standalone",
          background_color: "#f7f6f2",
          theme_color: "#f7f6f2",
          icons: [
            { src: "icon.svg", sizes: "any", type: "image/svg+xml" },
            { src: "icon-192.png", sizes: "192x192", type: "image/png" },
            { src: "icon-512.png", sizes: "512x512", type: "image/png" },
            {
              src: "icon-maskable-512.png",
              sizes: "512x512",
              type: "image/png",
              purpose: "maskable",
            },
          ],
        },
        // The service worker is a second build, whose own report says nothing more.
        integration: {
          configureCustomSWViteBuild(options) {
            options.logLevel = "error";
          },
        },
        // The shell alone; the large files are kept by the worker that checks them
        // (src/engine/download.ts).
        injectManifest: {
          rollupFormat: "iife",
          globPatterns: ["**/*.{html,js,mjs,css,svg,png,webmanifest}"],
        },
      }),
    ],
    build: {
      target: "es2022",
      // The runtime is one large file on purpose.
      chunkSizeWarningLimit: 1000,
      rolldownOptions: { checks: { pluginTimings: false } },
    },
  };
}

/** The folder is the same for every model, so a build says whose page stands in it now. */
const sayWhere = (name: string): Plugin => {
  let folder = "";
  return {
    name: "plumage-say-where",
    apply: "build",
    configResolved({ root, build }) {
      folder = relative(process.cwd(), resolve(root, build.outDir)) || ".";
    },
    closeBundle() {
      process.stdout.write(`the page of the model "${name}" is in ${folder}\n`);
    },
  };
};

/** The configuration; a store that cannot be built from ends the process with one line. */
export const configuration = (): Promise<UserConfig> =>
  build().catch((error: unknown) => {
    if (!(error instanceof PlumageError)) throw error;
    return exitWithError(error);
  });
