/** Files that the server and the page both reject as unreadable images. */
import { queries } from "./queries.ts";

export interface RefusedFile {
  readonly name: string;
  /** The content type that a client would send. */
  readonly type: string;
  readonly make: () => Promise<Buffer>;
}

const text = (name: string, type: string, content: string): RefusedFile => ({
  name,
  type,
  make: async () => Buffer.from(content, "latin1"),
});

/** Where a file is truncated: in its header, early, past the middle, and near its end. */
const fractions = [0.02, 0.3, 0.6, 0.95];

const truncated = [
  "jpeg-landscape",
  "jpeg-progressive",
  "png-rgb",
  "webp-lossy",
  "gif-still",
  "avif-444",
].flatMap((name): RefusedFile[] => {
  const { type, make } = queries.find((query) => query.name === name)!;
  return fractions.map((fraction) => ({
    name: `${name}-cut-at-${fraction}`,
    type,
    make: async () => {
      const whole = await make();
      return whole.subarray(0, Math.floor(whole.length * fraction));
    },
  }));
});

export const refusedFiles: readonly RefusedFile[] = [
  text(
    "svg",
    "image/svg+xml",
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">' +
      '<rect width="9" height="9"/></svg>',
  ),
  text(
    "pdf",
    "application/octet-stream",
    "%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF",
  ),
  text("bmp-without-pixels", "image/bmp", `BM${"\0".repeat(400)}`),
  text("tiff-without-a-directory", "image/tiff", `II*\0\x08${"\0".repeat(400)}`),
  text(
    "heic-without-an-image",
    "image/heic",
    `\0\0\0\x18ftypheic\0\0\0\0heicmif1${"\0".repeat(400)}`,
  ),
  text("empty", "image/jpeg", ""),
  text("text", "image/png", "once upon a time"),
  text("web-page", "image/png", "<!doctype html><html></html>"),
  text("noise", "image/jpeg", "\x93\x07\xe1\x5a".repeat(100)),
  ...truncated,
];
