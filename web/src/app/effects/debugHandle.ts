/**
 * `window.plumage`: the page's own search path without its looks, for tests and for the curious in
 * the console.
 */

import type { Engine } from "../../engine/client.ts";
import { sha256 } from "../../engine/files/downloads.ts";
import type { ProviderName, RuntimeInfo } from "../../engine/protocol.ts";

export interface DebugAnswer {
  /**
   * Of the network's input, imageSize * imageSize * 3 bytes of RGB: two paths that agree here agree
   * in all preprocessing.
   */
  readonly pixelsSha256: string;
  readonly embedding: number[];
  readonly results: { readonly id: string; readonly score: number }[];
  readonly provider: ProviderName;
}

export interface DebugHandle {
  /** Resolved when the model has been checked; rejected if it cannot run. */
  readonly ready: Promise<RuntimeInfo>;
  /** The k nearest items of the gallery to an image file, best first. */
  query(blob: Blob, k: number): Promise<DebugAnswer>;
}

/** Nothing taken into account but the image. */
const plain = { more: [], less: [], label: "", scope: "gallery" } as const;
let calls = 0;

declare global {
  interface Window {
    plumage: DebugHandle;
  }
}

export function exposeDebugHandle(engine: Engine): void {
  window.plumage = {
    ready: engine.ready,
    async query(blob, k) {
      const { provider } = await engine.ready;
      const { entries } = await engine.gallery;
      const { pixels, embedding, hits } = await engine.searchByImage(
        { blob, key: `console ${calls++}`, box: undefined },
        plain,
        k,
      );
      return {
        pixelsSha256: await sha256(pixels),
        embedding: Array.from(embedding),
        results: hits.map(({ index, score }) => ({ id: entries[index]!.id, score })),
        provider,
      };
    },
  };
}
