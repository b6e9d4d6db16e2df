/** The query's image or words, and the network's input. */
import type { ImageAnswer } from "../../../engine/protocol.ts";
import type { GalleryInfo } from "../../../engine/search/galleryPack.ts";
import { labelName } from "../../../engine/search/labels.ts";
import type { Renditions } from "../../effects/renditions.ts";
import { isSameInput, type Query, type QueryInput, type TextInput } from "../../state/query.ts";
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
  const caption = element("preview-caption", HTMLElement);
  const name = inputName(input, state.gallery!);
  caption.textContent = name;
  caption.classList.toggle("quoted", input.kind === "text");
  element("preview-frame", HTMLElement).hidden = input.kind === "text";
  element("preview-crop", HTMLElement).hidden = input.kind !== "image";
  if (input.kind !== "text") drawImage(input, name, thumbnails, renditions);
  element("crop-hint", HTMLElement).hidden = input.kind !== "image" || box !== undefined;
  element("whole", HTMLButtonElement).hidden = box === undefined;
  drawNetworkInput(query, state);
}

/** The label, the file's name, or the words in quotation marks. */
export function inputName(input: QueryInput, { entries }: GalleryInfo): string {
  if (input.kind === "entry") return labelName(entries[input.index]!.label);
  return input.kind === "text" ? `\u201c${input.text}\u201d` : input.name;
}

function drawImage(
  input: Exclude<QueryInput, TextInput>,
  name: string,
  thumbnails: Thumbnails,
  renditions: Renditions,
): void {
  const isEntry = input.kind === "entry";
  const url = isEntry ? thumbnails.url(input.index) : renditions.urlOf(input);
  const image = element("preview-image", HTMLImageElement);
  // Setting the same URL would decode the image again and flicker.
  if (image.src !== url) image.src = url;
  if (isEntry) markPhoto(image);
  image.onerror = () => (isEntry ? undefined : renditions.make(input));
  image.alt = `Query: ${name}`;
  element("preview-frame", HTMLElement).classList.toggle("from-gallery", isEntry);
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
