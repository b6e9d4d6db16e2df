/** `window.plumage`: the page's search path without its user interface, for tests and consoles. */
import type { Engine } from "../../engine/client.ts";
import { sha256 } from "../../engine/files/asset.ts";
import type { ProviderName } from "../../engine/inference/providers.ts";
import type { RuntimeInfo } from "../../engine/protocol.ts";

export interface DebugAnswer {
  /**
   * Of the network's input, imageSize * imageSize * 3 bytes of RGB: equal digests mean equal
   * preprocessing.
   */
  readonly pixelsSha256: string;
  readonly embedding: number[];
  readonly results: { readonly id: string; readonly score: number }[];
  readonly provider: ProviderName;
}

export interface DebugHandle {
  /** Resolves when the model can be used; rejects if it cannot run. */
  readonly ready: Promise<RuntimeInfo>;
  /** The k gallery images nearest to an image file, best first. */
  query(blob: Blob, k: number): Promise<DebugAnswer>;
}

declare global {
  interface Window {
    plumage: DebugHandle;
  }
}

const defaultOptions = { more: [], less: [], label: "", scope: "gallery" } as const;

export function exposeDebugHandle(engine: Engine): void {
  let calls = 0;
  window.plumage = {
    ready: engine.ready,
    async query(blob, k) {
      const { provider } = await engine.ready;
      const { entries } = await engine.gallery;
      const image = { blob, key: `console ${calls++}`, box: undefined };
      const answer = await engine.searchByImage(image, defaultOptions, k);
      return {
        pixelsSha256: await sha256(answer.pixels),
        embedding: Array.from(answer.embedding),
        results: answer.hits.map(({ index, score }) => ({ id: entries[index]!.id, score })),
        provider,
      };
    },
  };
}
