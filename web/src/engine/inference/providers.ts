/** The execution providers of onnxruntime-web, and what each needs from the browser. */
import type { VariantName } from "@plumage/models";

/** onnxruntime-web's names of execution providers. */
export const providerNames = ["webgpu", "wasm"] as const;
export type ProviderName = (typeof providerNames)[number];

/** What a browser offers for one provider, or why it cannot be used. */
export type Availability =
  | {
      /** The adapter, or the number of threads. */
      readonly detail: string;
      /** How it could run better. */
      readonly note?: string;
      /** Model variants to try, the best choice first. */
      readonly variants: readonly VariantName[];
      /** Why the first variant is the best choice. */
      readonly reason: string;
    }
  | { readonly obstacle: string };

export interface Provider {
  readonly name: ProviderName;
  /** Display name. */
  readonly title: string;
  /** @param isRequested whether the page's URL names this provider */
  detect(isRequested: boolean): Promise<Availability>;
}

/** onnxruntime-web's own default limit; further threads gain little on one small image. */
const maxThreads = 4;

/** Threads that onnxruntime can use: more than one needs shared memory, so an isolated page. */
export const threadCount = (): number =>
  globalThis.crossOriginIsolated ? Math.min(maxThreads, navigator.hardwareConcurrency || 1) : 1;

/** In the order in which they are tried. */
export const providers: readonly Provider[] = [
  {
    name: "webgpu",
    title: "WebGPU",
    async detect(isRequested) {
      if (!navigator.gpu) return { obstacle: "not supported by this browser" };
      // Browsers expose navigator.gpu on machines without an adapter, too.
      const adapter = await navigator.gpu.requestAdapter().catch(() => null);
      if (!adapter) return { obstacle: "no adapter" };
      const { vendor, architecture, isFallbackAdapter } = adapter.info;
      const detail = [vendor, architecture].filter(Boolean).join(" ") || "unnamed adapter";
      // A software adapter is slower than WebAssembly.
      if (isFallbackAdapter && !isRequested)
        return { obstacle: `software adapter only (${detail})` };
      return adapter.features.has("shader-f16")
        ? { detail, variants: ["fp16", "fp32"], reason: "this GPU supports half precision" }
        : {
            detail,
            variants: ["fp32"],
            reason: "this GPU does not support half precision (shader-f16)",
          };
    },
  },
  {
    name: "wasm",
    title: "WebAssembly",
    async detect() {
      const threads = threadCount();
      const choice = {
        detail: threads === 1 ? "1 thread" : `${threads} threads`,
        variants: ["int8", "fp32"],
        reason: "8-bit integers are the smallest and fastest on a CPU",
      } as const;
      if (threads > 1 || globalThis.crossOriginIsolated) return choice;
      const note = "multithreading requires a cross-origin isolated page (COOP and COEP headers)";
      return { ...choice, note };
    },
  },
];
