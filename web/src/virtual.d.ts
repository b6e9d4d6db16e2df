/// <reference types="vite/client" />

/** Made by build/assets.ts. */
declare module "virtual:plumage-assets" {
  export const assets: Readonly<
    Record<
      "manifest" | "model" | "gallery" | "embeddings" | "thumbnails" | "runtime",
      import("./engine/download.ts").Asset
    >
  >;
}

/** A file as a data: URL. */
declare module "*&inline" {
  const url: string;
  export default url;
}
