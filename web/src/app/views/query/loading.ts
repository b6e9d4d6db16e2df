/** The progress of downloads: until the model is ready, and of the text encoder. */
import { describeProgress } from "../../format/runtime.ts";
import { element } from "../dom/elements.ts";
import type { View } from "../dom/view.ts";

export const loading: View = {
  draw({ runtime, isBroken, progress, pending }) {
    const isDownloading = progress !== undefined && progress.received < progress.total;
    const kind = pending?.query.input.kind;
    // Files that nobody waits for are downloaded in the background.
    const isReady = runtime !== undefined && !(kind === "text" && isDownloading);
    element("loading", HTMLElement).hidden = isReady || isBroken;
    const bar = element("progress", HTMLProgressElement);
    if (isDownloading) bar.value = progress.received / progress.total;
    else bar.removeAttribute("value");
    const step = isDownloading ? `Downloading ${describeProgress(progress)}` : "Starting the model";
    const isWaiting = kind === "image" || kind === "text";
    element("progress-text", HTMLElement).textContent = isWaiting
      ? `${step}. Your search starts next`
      : step;
  },
};
