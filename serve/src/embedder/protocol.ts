/** What the embedder and its worker thread say to each other. */

export interface EmbedderData {
  readonly modelPath: string;
  readonly threads: number;
  readonly side: number;
}

export interface EmbedRequest {
  readonly batch: number;
  /** RGB bytes, [count, side, side, 3]. */
  readonly pixels: Uint8Array;
  readonly count: number;
}

export type EmbedReply =
  | { readonly kind: "ready" }
  | {
      readonly kind: "done";
      readonly batch: number;
      readonly embeddings: Float32Array;
      readonly milliseconds: number;
    }
  | { readonly kind: "failed"; readonly batch: number; readonly message: string };
