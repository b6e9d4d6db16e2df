/** The query's image, and the network's input. */
import type { ImageAnswer } from "../../../engine/protocol.ts";
import { labelName } from "../../../engine/search/labels.ts";
import type { Renditions } from "../../effects/renditions.ts";
import { isSameInput, type Query } from "../../state/query.ts";
import type { State } from "../../state/state.ts";
import { element } from "../dom/elements.ts";
import { markPhoto } from "../dom/photo.ts";
import type { Thumbnails } from "../dom/thumbnails.ts";

export function drawPreview(
  query: Query,
  state: State,
  thumbnails: Thumbnails,
  renditions: Renditions,
): void {
  const { input, box } = query;
  const isEntry = input.kind === "entry";
  const name = isEntry ? labelName(state.gallery!.entries[input.index]!.label) : input.name;
  const url = isEntry ? thumbnails.url(input.index) : renditions.urlOf(input);
  const image = element("preview-image", HTMLImageElement);
  // Setting the same URL would decode the image again and flicker.
  if (image.src !== url) image.src = url;
  if (isEntry) markPhoto(image);
  image.onerror = () => (isEntry ? undefined : renditions.make(input));
  image.alt = `Query: ${name}`;
  element("preview-caption", HTMLElement).textContent = name;
  element("preview-frame", HTMLElement).classList.toggle("from-gallery", isEntry);
  element("preview-crop", HTMLElement).hidden = isEntry;
  element("crop-hint", HTMLElement).hidden = isEntry || box !== undefined;
  element("whole", HTMLButtonElement).hidden = box === undefined;
  drawNetworkInput(query, state);
}

function drawNetworkInput({ input }: Query, { results, runtime }: State): void {
  const canvas = element("preview-seen", HTMLCanvasElement);
  const answer = results && isSameInput(results.query.input, input) ? results.answer : undefined;
  const pixels = answer && "pixels" in answer ? (answer as ImageAnswer).pixels : undefined;
  canvas.hidden = !pixels || !runtime;
  if (pixels && runtime) drawPixels(canvas, pixels, runtime.model.imageSize);
}

/** @param pixels size * size * 3 bytes of RGB */
function drawPixels(canvas: HTMLCanvasElement, pixels: Uint8Array, size: number): void {
  const rgba = new ImageData(size, size);
  for (let from = 0, to = 0; from < pixels.length; from += 3, to += 4) {
    rgba.data.set(pixels.subarray(from, from + 3), to);
    rgba.data[to + 3] = 255;
  }
  canvas.width = size;
  canvas.height = size;
  canvas.getContext("2d")!.putImageData(rgba, 0, 0);
  const text = `Network input: ${size} by ${size} pixels`;
  canvas.title = text;
  canvas.ariaLabel = text;
}
