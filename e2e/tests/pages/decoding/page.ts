/** The page of decoding.spec.ts: the product's decoder alone. */
import { PlumageError } from "@plumage/models";
import { imageDecoder } from "../../../support/browser/imageDecoder.ts";

/** The decoded pixels, or the error. */
export type Decoded =
  | { readonly width: number; readonly height: number; readonly base64: string }
  | { readonly refused: string; readonly message: string };

declare global {
  interface Window {
    /** @param base64 the file's bytes @returns RGB, or the error's code and message */
    decodeImage(base64: string, type: string): Promise<Decoded>;
  }
}

const bytesOf = (base64: string) =>
  Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

/** In chunks, as functions take a limited number of arguments. */
function base64Of(bytes: Uint8Array): string {
  const chunk = 0x8000;
  let text = "";
  for (let i = 0; i < bytes.length; i += chunk)
    text += String.fromCharCode(...bytes.subarray(i, i + chunk));
  return btoa(text);
}

window.decodeImage = async (base64, type) => {
  try {
    const { width, height, data } = await imageDecoder.decode(
      new Blob([bytesOf(base64)], { type }),
    );
    return { width, height, base64: base64Of(data) };
  } catch (error) {
    if (!(error instanceof PlumageError)) throw error;
    return { refused: error.code, message: error.message };
  }
};
