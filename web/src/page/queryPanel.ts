/** The left side: the query's picture, what the network saw of it, downloads, and errors. */
import { element } from "./elements.ts";
import { bytes, count } from "./format.ts";
import type { Query, State } from "./state.ts";
import type { Thumbnails } from "./thumbnails.ts";

export function drawQueryPanel(state: State, thumbnails: Thumbnails | undefined): void {
  drawLoading(state);
  const error = element("error", HTMLElement);
  error.textContent = state.error ?? "";
  error.hidden = state.error === undefined;
  if (state.gallery) element("gallery-count", HTMLElement).textContent = count(state.gallery.entries.length);

  const query = state.pending?.query ?? state.shown?.query;
  element("clear", HTMLButtonElement).hidden = !query;
  element("file-label", HTMLLabelElement).textContent = query ? "Choose another" : "Choose a picture";
  const preview = element("preview", HTMLElement);
  preview.hidden = !query;
  preview.ariaBusy = String(state.pending !== undefined);
  if (query && state.gallery && thumbnails) drawPreview(query, state, thumbnails);
}

function drawPreview(query: Query, { gallery, shown, runtime }: State, thumbnails: Thumbnails): void {
  const image = element("preview-image", HTMLImageElement);
  const isEntry = query.kind === "entry";
  const name = isEntry ? gallery!.entries[query.index]!.label : query.name;
  image.src = isEntry ? thumbnails.url(query.index) : query.url;
  image.alt = `Query: ${name}`;
  element("preview-frame", HTMLElement).classList.toggle("from-gallery", isEntry);
  element("preview-caption", HTMLElement).textContent = name;

  const seen = element("preview-seen", HTMLCanvasElement);
  const pixels = shown?.query === query && "pixels" in shown.answer ? shown.answer.pixels : undefined;
  seen.hidden = !pixels || !runtime;
  if (pixels && runtime) drawPixels(seen, pixels, runtime.model.imageSize);
}

/** @param pixels side * side * 3 bytes of RGB */
function drawPixels(canvas: HTMLCanvasElement, pixels: Uint8Array, side: number): void {
  const rgba = new ImageData(side, side);
  for (let from = 0, to = 0; from < pixels.length; from += 3, to += 4) {
    rgba.data.set(pixels.subarray(from, from + 3), to);
    rgba.data[to + 3] = 255;
  }
  canvas.width = side;
  canvas.height = side;
  canvas.getContext("2d")!.putImageData(rgba, 0, 0);
  const text = `What the network sees: ${side} by ${side} pixels`;
  canvas.title = text;
  canvas.ariaLabel = text;
}

/** The bar of the downloads, until the model is ready. */
function drawLoading({ runtime, broken, progress, pending }: State): void {
  element("loading", HTMLElement).hidden = runtime !== undefined || broken;
  const bar = element("progress", HTMLProgressElement);
  const isDownloading = progress !== undefined && progress.received < progress.total;
  if (isDownloading) bar.value = progress.received / progress.total;
  else bar.removeAttribute("value");
  const step = isDownloading ? `Downloading, ${bytes(progress)}` : "Starting the model";
  const isWaiting = pending?.query.kind === "picture";
  element("progress-text", HTMLElement).textContent = isWaiting ? `${step}. Your search comes next` : step;
}
