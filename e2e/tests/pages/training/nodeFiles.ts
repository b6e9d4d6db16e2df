/** Replaces node:fs: the engine reads Adam's WebAssembly, which Vite inlines as a data: URL. */
export function readFileSync(url: URL): Uint8Array<ArrayBuffer> {
  const [, base64] = url.href.split(";base64,");
  if (base64 === undefined) throw new Error(`not inlined into the page: ${url.href}`);
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

export const readFile = readFileSync;
