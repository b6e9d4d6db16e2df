/** The page's decoder, for test pages: with libheif from node_modules. */
import { ImageDecoder } from "@plumage/web/decodeImage";
import { startLibheif } from "@plumage/web/libheif";
import scriptUrl from "libheif-js/libheif-wasm/libheif.js?url";
import binaryUrl from "libheif-js/libheif-wasm/libheif.wasm?url";

const download = async (url: string) =>
  new Uint8Array(await (await fetch(new URL(url, location.href))).arrayBuffer());

export const imageDecoder = new ImageDecoder(async () =>
  startLibheif(await download(scriptUrl), await download(binaryUrl)),
);
