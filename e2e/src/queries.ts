/** The queries that both paths must answer alike: one for every way in which decoders and resizers are known to differ. */
import sharp, { type Sharp } from "sharp";
import { cutOut, onWhite, scene } from "./scenes.ts";

/**
 * How near the pixels of sharp and of the browser can be.
 * equal: bit for bit. close: the two decoders round differently by one step (converting a colour profile, AVIF's colour
 * matrix), which no resizer can undo.
 */
export type PixelAgreement = "equal" | "close";

/** Smallest cosine between the two paths' embeddings: the model's own numerics alone, or the decoders' rounding too. */
export const leastCosine: Record<PixelAgreement, number> = { equal: 0.9999, close: 0.999 };

export interface Query {
  readonly name: string;
  readonly type: string;
  readonly pixels: PixelAgreement;
  readonly make: () => Promise<Buffer>;
}

const bytes = (image: Sharp) => image.toBuffer();

/** Pixels in a frame of their own, so that EXIF can say how they are to be turned. */
const turned = (orientation: number) => bytes(scene("owl", 420, 260).withMetadata({ orientation }).jpeg());

/** An animation of two frames; only the first counts. */
async function animation(): Promise<Buffer> {
  const frames = [onWhite("rainbow", 200, 120), onWhite("teapot", 200, 120)];
  const raw = await Promise.all(frames.map((frame) => frame.raw().toBuffer()));
  return sharp(Buffer.concat(raw), { raw: { width: 200, height: 240, channels: 3, pageHeight: 120 } })
    .gif({ delay: [100, 100] })
    .toBuffer();
}

export const queries: readonly Query[] = [
  {
    name: "jpeg-landscape",
    type: "image/jpeg",
    pixels: "equal",
    make: () => bytes(scene("red-apple", 640, 360).jpeg()),
  },
  { name: "jpeg-portrait", type: "image/jpeg", pixels: "equal", make: () => bytes(scene("cactus", 300, 900).jpeg()) },
  {
    name: "jpeg-444",
    type: "image/jpeg",
    pixels: "equal",
    make: () => bytes(onWhite("fire-engine", 333, 217).jpeg({ chromaSubsampling: "4:4:4", quality: 92 })),
  },
  {
    name: "jpeg-progressive",
    type: "image/jpeg",
    pixels: "equal",
    make: () => bytes(scene("violin", 501, 335).jpeg({ progressive: true })),
  },
  { name: "jpeg-exif-6", type: "image/jpeg", pixels: "equal", make: () => turned(6) },
  { name: "jpeg-exif-3", type: "image/jpeg", pixels: "equal", make: () => turned(3) },
  {
    name: "jpeg-grey",
    type: "image/jpeg",
    pixels: "equal",
    make: () => bytes(scene("teapot", 320, 200).toColourspace("b-w").jpeg()),
  },
  { name: "jpeg-3000px", type: "image/jpeg", pixels: "equal", make: () => bytes(scene("octopus", 3000, 2000).jpeg()) },
  {
    name: "jpeg-display-p3",
    type: "image/jpeg",
    pixels: "close",
    make: () => bytes(scene("rainbow", 400, 300).withIccProfile("p3").jpeg()),
  },
  {
    name: "jpeg-cmyk",
    type: "image/jpeg",
    pixels: "equal",
    make: () => bytes(scene("cactus", 280, 190).toColourspace("cmyk").jpeg()),
  },
  { name: "png-8x8", type: "image/png", pixels: "equal", make: () => bytes(onWhite("red-apple", 8, 8).png()) },
  { name: "png-alpha", type: "image/png", pixels: "equal", make: () => bytes(cutOut("octopus", 192).png()) },
  {
    name: "png-palette",
    type: "image/png",
    pixels: "equal",
    make: () => bytes(scene("fire-engine", 240, 180).png({ palette: true, colours: 64 })),
  },
  {
    name: "png-16-bit",
    type: "image/png",
    pixels: "equal",
    make: () => bytes(onWhite("owl", 210, 150).toColourspace("rgb16").png()),
  },
  {
    name: "png-extreme-aspect",
    type: "image/png",
    pixels: "equal",
    make: () => bytes(scene("violin", 1200, 40).png()),
  },
  { name: "webp-lossy", type: "image/webp", pixels: "equal", make: () => bytes(scene("cactus", 400, 260).webp()) },
  {
    name: "webp-lossless",
    type: "image/webp",
    pixels: "equal",
    make: () => bytes(onWhite("teapot", 260, 300).webp({ lossless: true })),
  },
  { name: "webp-alpha", type: "image/webp", pixels: "equal", make: () => bytes(cutOut("violin", 180).webp()) },
  { name: "gif-animated", type: "image/gif", pixels: "equal", make: animation },
  { name: "avif", type: "image/avif", pixels: "close", make: () => bytes(scene("red-apple", 320, 240).avif()) },
];
