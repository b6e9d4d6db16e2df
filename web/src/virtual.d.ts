/// <reference types="vite/client" />

/** Made by build/assets.ts. */
declare module "virtual:plumage-assets" {
  type Asset = import("./engine/files/downloads.ts").Asset;
  export const assets: Readonly<
    Record<"manifest" | "gallery" | "embeddings" | "thumbnails", Asset>
  >;
  /** The variants that keep the quality bar. */
  export const models: Readonly<Partial<Record<import("@plumage/models").VariantName, Asset>>>;
  export const runtimes: Readonly<Record<import("./engine/protocol.ts").ProviderName, Asset>>;
}

/** A file as a data: URL. */
declare module "*&inline" {
  const url: string;
  export default url;
}
