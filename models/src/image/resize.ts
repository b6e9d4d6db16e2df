/**
 * Crops and resizes exactly like Pillow's `image.crop(box).resize((size, size))`, so training,
 * serving, the browser and a PyTorch reference see the same pixels.
 */
import { PlumageError } from "../errors.ts";
import type { Box, RgbImage } from "./image.ts";
import { type Region, resample, wholeOf } from "./resample.ts";
import { type ResizeStep, resizedSize } from "./resizeStep.ts";

/**
 * Crops an image to a box and resizes it to a square.
 *
 * @param steps size of the square in pixels, which does not keep the aspect ratio; or several
 * steps in order ([256, 224] is the tutorial's double resize)
 * @param box in pixels of the image; rounded half to even as Pillow does, and clipped to the image.
 * Default: the whole image
 * @returns RGB bytes [size, size, 3] for the size of the last step
 * @throws PlumageError "bad-image" if the data is not width * height * 3 bytes, "bad-input" if the
 * box contains no pixel
 */
export function cropAndResize(
  image: RgbImage,
  steps: number | readonly ResizeStep[],
  box?: Box,
): Uint8Array<ArrayBuffer> {
  if (image.data.length !== image.width * image.height * 3 || image.data.length === 0)
    throw new PlumageError(
      "bad-image",
      `an image of ${image.width} x ${image.height} pixels has ${image.data.length} bytes`,
    );
  let region = box ? regionOf(image, box) : wholeOf(image);
  let current = image;
  for (const step of typeof steps === "number" ? [steps] : steps) {
    const size = resizedSize(step);
    current = { width: size, height: size, data: applyStep(current, region, step) };
    region = wholeOf(current);
  }
  return current.data as Uint8Array<ArrayBuffer>;
}

/** The box in whole pixels as in Image.crop: each edge is rounded by itself, half to even. */
function regionOf(image: RgbImage, box: Box): Region {
  const left = Math.max(0, roundHalfToEven(box.x));
  const top = Math.max(0, roundHalfToEven(box.y));
  const width = Math.min(image.width, roundHalfToEven(box.x + box.width)) - left;
  const height = Math.min(image.height, roundHalfToEven(box.y + box.height)) - top;
  if (width > 0 && height > 0) return { left, top, width, height };
  throw new PlumageError(
    "bad-input",
    `the box ${box.x}, ${box.y}, ${box.width} x ${box.height} contains no pixel of the ` +
      `${image.width} x ${image.height} image`,
    "a box is x, y, width, height in pixels",
  );
}

function roundHalfToEven(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

function applyStep(image: RgbImage, region: Region, step: ResizeStep): Uint8Array<ArrayBuffer> {
  if (typeof step === "number") return resample(image, region, step, step, "bilinear");
  const { fit, size, filter } = step;
  if (fit === "squash") return resample(image, region, size, size, filter);
  return fit === "crop"
    ? cropCenter(image, region, step)
    : padToSquare(image, region, size, filter);
}

/** torchvision.transforms' Resize(shorterSide) and CenterCrop(size), which differ in rounding. */
function cropCenter(
  image: RgbImage,
  region: Region,
  { shorterSide, size, filter }: Extract<ResizeStep, { fit: "crop" }>,
): Uint8Array<ArrayBuffer> {
  const shorter = Math.min(region.width, region.height);
  const resized = (length: number) => Math.trunc((shorterSide * length) / shorter);
  const [width, height] = [resized(region.width), resized(region.height)];
  const window = {
    left: roundHalfToEven((width - size) / 2),
    top: roundHalfToEven((height - size) / 2),
    width: size,
    height: size,
  };
  return resample(image, region, width, height, filter, window);
}

/** open_clip's ResizeKeepRatio(longest=1) and CenterCropOrPad(fill=0). */
function padToSquare(
  image: RgbImage,
  region: Region,
  size: number,
  filter: Extract<ResizeStep, { fit: "pad" }>["filter"],
): Uint8Array<ArrayBuffer> {
  const ratio = Math.max(region.width, region.height) / size;
  const resized = (length: number) => Math.max(1, roundHalfToEven(length / ratio));
  const [width, height] = [resized(region.width), resized(region.height)];
  const data = resample(image, region, width, height, filter);
  const [left, top] = [Math.floor((size - width) / 2), Math.floor((size - height) / 2)];
  const out = new Uint8Array(size * size * 3);
  for (let y = 0; y < height; y++)
    out.set(data.subarray(y * width * 3, (y + 1) * width * 3), ((top + y) * size + left) * 3);
  return out;
}
