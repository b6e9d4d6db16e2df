/**
 * The static build in web/dist: the page, a model of the store (PLUMAGE_NAME, by default `emoji`),
 * its gallery and onnxruntime-web. Paths are relative, so the folder works under any path of any
 * static host.
 */
import { createRequire } from "node:module";
import { relative, resolve } from "node:path";
import { defaultModel, exitCodes, PlumageError } from "@plumage/models";
import { repositoryRoot, storeFolder } from "@plumage/models/node";
import { defaultClientConditions, type Plugin, type UserConfig } from "vite";
import { VitePWA } from "vite-plugin-pwa";
import { assetTable } from "./assetTable.ts";
import { describeFile, readStore } from "./store.ts";

/** WebAssembly threads need shared memory, which requires a cross-origin isolated page. */
const isolationHeaders = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

/** The configuration. If the store cannot be used, exits with a one-line error. */
export const configuration = (): Promise<UserConfig> =>
  configure().catch((error: unknown) => {
    if (!(error instanceof PlumageError)) throw error;
    process.stderr.write(`${error.line}\n`);
    process.exit(exitCodes[error.code]);
  });

async function configure(): Promise<UserConfig> {
  const { manifest, files, models, text } = await readStore(
    storeFolder(process.env.PLUMAGE_NAME || defaultModel),
  );
  const require = createRequire(import.meta.url);
  const runtime = (build: string) =>
    describeFile(require.resolve(`onnxruntime-web/ort-wasm-simd-threaded${build}.wasm`));
  // The build without WebGPU is half the size and starts in half the time.
  const runtimes = { wasm: await runtime(""), webgpu: await runtime(".asyncify") };
  const decoders = {
    script: await describeFile(require.resolve("libheif-js/libheif-wasm/libheif.js")),
    binary: await describeFile(require.resolve("libheif-js/libheif-wasm/libheif.wasm")),
  };
  const assets = () => assetTable({ files, models, text, runtimes, decoders });
  return {
    base: "./",
    // Otherwise onnxruntime-web bundles copies of its own WebAssembly files.
    resolve: { conditions: ["onnxruntime-web-use-extern-wasm", ...defaultClientConditions] },
    server: { headers: isolationHeaders, fs: { allow: [repositoryRoot()] } },
    preview: { headers: isolationHeaders },
    worker: { format: "es", plugins: () => [assets()] },
    plugins: [assets(), reportOutput(manifest.name), offline()],
    build: {
      target: "es2022",
      // onnxruntime-web is one large script.
      chunkSizeWarningLimit: 1000,
      rolldownOptions: { checks: { pluginTimings: false } },
    },
  };
}

/** Builds the service worker and the web app manifest. */
const offline = () =>
  VitePWA({
    strategies: "injectManifest",
    srcDir: "src/offline",
    filename: "serviceWorker.ts",
    injectRegister: false,
    // Browsers otherwise request the manifest without the login of a protected server.
    useCredentials: true,
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
      globIgnores: ["**/libheif-*"],
    },
  });

/** Reports whose page the output folder contains: all models are built into the same one. */
function reportOutput(name: string): Plugin {
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
}
