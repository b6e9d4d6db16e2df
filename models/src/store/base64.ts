/** Base64 without Buffer, for Node and browsers alike. */
import { z } from "zod";

/** Schema of bytes as base64 text. */
export const base64Schema = z.string().regex(/^[A-Za-z0-9+/]*={0,2}$/);

export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i);
  return bytes;
}

/** Arguments that a call takes safely on every engine's stack. */
const chunk = 8192;

/** Bytes as base64 text, in Node and in browsers. */
export function encodeBase64(bytes: Uint8Array): string {
  let characters = "";
  for (let i = 0; i < bytes.length; i += chunk)
    characters += String.fromCharCode(...bytes.subarray(i, i + chunk));
  return btoa(characters);
}
