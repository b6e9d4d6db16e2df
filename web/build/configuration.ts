/**
 * The static build in web/dist: the page, a model of the store (PLUMAGE_NAME, by default `emoji`),
 * its gallery and onnxruntime-web. Paths are relative, so the folder works under any path of any
 * static host.
 */

import { createRequire } from "node:module";
import { relative, resolve } from "node:path";
import { PlumageError } from "@plumage/models";
import { exitWithError } from "@plumage/models/cli";
import { repositoryRoot, storeFolder } from "@plumage/models/node";
import { defaultClientConditions, type Plugin, type UserConfig } from "vite";
import { VitePWA } from "vite-plugin-pwa";
import { assetTable } from "./assetTable.ts";
import { describeFile, readStore } from "./store.ts";

/** WebAssembly threads need shared memory, which requires a cross-origin isolated page. */
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
  // The build without WebGPU is half the size and starts in half the time.
  const runtimes = { wasm: await runtime(""), webgpu: await runtime(".asyncify") };
  const table = () => assetTable({ files, models, runtimes });
  return {
    base: "./",
    // Otherwise onnxruntime-web bundles copies of its own WebAssembly files.
    resolve: { conditions: ["onnxruntime-web-use-extern-wasm", ...defaultClientConditions] },
    server: { headers: isolation, fs: { allow: [repositoryRoot()] } },
    preview: { headers: isolation },
    worker: { format: "es", plugins: () => [table()] },
    plugins: [
      table(),
      reportOutput(manifest.name),
      VitePWA({
        strategies: "injectManifest",
        srcDir: "src/offline",
        filename: "serviceWorker.ts",
        injectRegister: false,
        manifest: {
          name: "Plumage",
          short_name: "Plumage",
          description: "Search images by image, on this device.",
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
        // The service worker is a build of its own, whose report adds nothing.
        integration: {
          configureCustomSWViteBuild(options) {
            options.logLevel = "error";
          },
        },
        // Without the large files, which the engine's worker stores (src/engine/files).
        injectManifest: {
          rollupFormat: "iife",
          globPatterns: ["**/*.{html,js,mjs,css,svg,png,webmanifest}"],
        },
      }),
    ],
    build: {
      target: "es2022",
      // onnxruntime-web is one large script.
      chunkSizeWarningLimit: 1000,
      rolldownOptions: { checks: { pluginTimings: false } },
    },
  };
}

/** Reports whose page the output folder contains: all models are built into the same one. */
const reportOutput = (name: string): Plugin => {
  let folder = "";
  return {
    name: "plumage-report-output",
    apply: "build",
    configResolved({ root, build }) {
      folder = relative(process.cwd(), resolve(root, build.outDir)) || ".";
    },
    closeBundle() {
      process.stdout.write(`the page of the model "${name}" is in ${folder}\n`);
    },
  };
};

/** The configuration. If the store cannot be used, exits with a one-line error. */
export const configuration = (): Promise<UserConfig> =>
  build().catch((error: unknown) => {
    if (!(error instanceof PlumageError)) throw error;
    return exitWithError(error);
  });
