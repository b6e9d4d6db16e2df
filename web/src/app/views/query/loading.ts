/** The progress of downloads, until the model is ready. */
import { describeProgress } from "../../format/runtime.ts";
import { element } from "../dom/elements.ts";
import type { View } from "../dom/view.ts";

export const loading: View = {
  draw({ runtime, isBroken, progress, pending }) {
    element("loading", HTMLElement).hidden = runtime !== undefined || isBroken;
    const bar = element("progress", HTMLProgressElement);
    const isDownloading = progress !== undefined && progress.received < progress.total;
    if (isDownloading) bar.value = progress.received / progress.total;
    else bar.removeAttribute("value");
    const step = isDownloading ? `Downloading ${describeProgress(progress)}` : "Starting the model";
    const isWaiting = pending?.query.input.kind === "image";
    element("progress-text", HTMLElement).textContent = isWaiting
      ? `${step}. Your search starts next`
      : step;
  },
};
