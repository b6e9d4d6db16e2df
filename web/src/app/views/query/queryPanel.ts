/** The left side: the query's image, what the network saw of it, downloads, and errors. */
import type { GalleryInfo } from "../../../engine/protocol.ts";
import { bytes, count } from "../../format/format.ts";
import { currentQuery, packed, type Query, type State, sameSubject } from "../../state/state.ts";
import { element } from "../dom/elements.ts";
import { drawImageButtons } from "../dom/imageButtons.ts";
import type { Thumbnails } from "../dom/thumbnails.ts";

export function drawQueryPanel(state: State, thumbnails: Thumbnails | undefined): void {
  drawLoading(state);
  const error = element("error", HTMLElement);
  error.textContent = state.error ?? "";
  error.hidden = state.error === undefined;
  if (state.gallery)
    element("gallery-count", HTMLElement).textContent = count(packed(state.gallery));

  const query = currentQuery(state);
  element("clear", HTMLButtonElement).hidden = !query;
  element("file-label", HTMLLabelElement).textContent = query
    ? "Choose another"
    : "Choose an image";
  const preview = element("preview", HTMLElement);
  preview.hidden = !query;
  preview.ariaBusy = String(state.pending !== undefined);
  if (!state.gallery || !thumbnails) return;
  if (query) drawPreview(query, state, thumbnails);
  drawExamples(query, state.gallery, thumbnails);
  drawRecent(state, state.gallery, thumbnails);
}

function drawExamples(
  query: Query | undefined,
  { entries }: GalleryInfo,
  thumbnails: Thumbnails,
): void {
  const button = (side: "more" | "less", index: number) => ({
    url: thumbnails.url(index),
    title: `${side === "more" ? "More" : "Less"} like ${entries[index]!.label}. Take back`,
    key: `${side} ${index}`,
    sign: side === "more" ? "+" : "\u2212",
  });
  const { more, less } = query ?? { more: [], less: [] };
  element("refinement", HTMLElement).hidden = more.length + less.length === 0;
  drawImageButtons(element("examples", HTMLUListElement), [
    ...more.map((index) => button("more", index)),
    ...less.map((index) => button("less", index)),
  ]);
}

function drawRecent({ recent }: State, { entries }: GalleryInfo, thumbnails: Thumbnails): void {
  element("history", HTMLElement).hidden = recent.length < 2;
  drawImageButtons(
    element("recent", HTMLUListElement),
    recent.map(({ subject }, place) => ({
      url: subject.kind === "entry" ? thumbnails.url(subject.index) : subject.url,
      title: `Search again by ${subject.kind === "entry" ? entries[subject.index]!.label : subject.name}`,
      key: String(place),
    })),
  );
}

function drawPreview(
  query: Query,
  { gallery, shown, runtime }: State,
  thumbnails: Thumbnails,
): void {
  const image = element("preview-image", HTMLImageElement);
  const { subject, box } = query;
  const isEntry = subject.kind === "entry";
  const name = isEntry ? gallery!.entries[subject.index]!.label : subject.name;
  const url = isEntry ? thumbnails.url(subject.index) : subject.url;
  // The same again would be read again, and flicker while a box is dragged.
  if (image.src !== url) image.src = url;
  element("preview-crop", HTMLElement).hidden = isEntry;
  element("whole", HTMLButtonElement).hidden = box === undefined;
  element("crop-hint", HTMLElement).hidden = isEntry || box !== undefined;
  image.alt = `Query: ${name}`;
  element("preview-frame", HTMLElement).classList.toggle("from-gallery", isEntry);
  element("preview-caption", HTMLElement).textContent = name;

  const seen = element("preview-seen", HTMLCanvasElement);
  const isOf = shown && sameSubject(shown.query.subject, subject);
  const pixels = isOf && "pixels" in shown.answer ? shown.answer.pixels : undefined;
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
  const isWaiting = pending?.query.subject.kind === "image";
  element("progress-text", HTMLElement).textContent = isWaiting
    ? `${step}. Your search comes next`
    : step;
}
