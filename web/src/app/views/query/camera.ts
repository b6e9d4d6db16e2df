/** Takes a photo with the camera, in a dialog with a live view. */
import { PlumageError } from "@plumage/models";
import { element } from "../dom/elements.ts";

/** JPEG quality without visible loss. */
const quality = 0.95;

export interface CameraActions {
  searchImage(blob: Blob, name: string): void;
  fail(error: unknown): void;
}

/** Shows the camera button where the browser supports cameras. */
export function listenToCamera({ searchImage, fail }: CameraActions): void {
  const button = element("camera", HTMLButtonElement);
  button.hidden = !navigator.mediaDevices;
  const dialog = element("camera-dialog", HTMLDialogElement);
  const video = element("camera-video", HTMLVideoElement);
  let stream: MediaStream | undefined;
  button.addEventListener("click", async () => {
    try {
      stream = await openCamera();
      video.srcObject = stream;
      dialog.showModal();
      await video.play();
    } catch (error) {
      dialog.close();
      fail(error);
    }
  });
  element("camera-take", HTMLButtonElement).addEventListener("click", async () => {
    const blob = video.videoWidth > 0 ? await capture(video) : null;
    dialog.close();
    if (blob) searchImage(blob, "Camera photo");
  });
  element("camera-cancel", HTMLButtonElement).addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    for (const track of stream?.getTracks() ?? []) track.stop();
    video.srcObject = null;
  });
}

async function openCamera(): Promise<MediaStream> {
  try {
    // Prefers the rear camera of a phone.
    return await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  } catch (cause) {
    const isDenied = (cause as DOMException).name === "NotAllowedError";
    const [message, hint] = isDenied
      ? ["this page is not allowed to use the camera", "allow it in the browser's address bar"]
      : ["no camera is available", "choose an image instead"];
    throw new PlumageError("unavailable", message!, hint, { cause });
  }
}

function capture(video: HTMLVideoElement): Promise<Blob | null> {
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d")!.drawImage(video, 0, 0);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
}
