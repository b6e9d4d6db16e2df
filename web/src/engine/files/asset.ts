/** The large files of a build, and how a download of one is recognized. */

/** A file as the build lists it (build/assetTable.ts). */
export interface Asset {
  readonly name: string;
  readonly url: string;
  readonly bytes: number;
  /** Lowercase hexadecimal. */
  readonly sha256: string;
}

/** Compares size and digest; insecure contexts have no digests, so there the size must do. */
export async function matchesAsset(asset: Asset, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
  return (
    bytes.length === asset.bytes &&
    (!globalThis.crypto?.subtle || (await sha256(bytes)) === asset.sha256)
  );
}

/** SHA-256 in lowercase hexadecimal. Requires a secure context. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
