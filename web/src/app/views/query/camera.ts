/** An image from the camera: a dialog with what it sees and a shutter. */
import { PlumageError } from "@plumage/models";
import { element } from "../dom/elements.ts";

/** JPEG as cameras write it: nearly nothing is lost. */
const quality = 0.95;

async function openCamera(): Promise<MediaStream> {
  try {
    // The camera at the back, where there are two.
    return await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  } catch (cause) {
    const isRefused = (cause as DOMException).name === "NotAllowedError";
    throw isRefused
      ? new PlumageError(
          "unavailable",
          "this page may not use the camera",
          "allow it beside the address",
          { cause },
        )
      : new PlumageError(
          "unavailable",
          "there is no camera that could be used",
          "choose an image instead",
          { cause },
        );
  }
}

const still = (video: HTMLVideoElement): Promise<Blob | null> => {
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d")!.drawImage(video, 0, 0);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
};

/** Shows the camera's button where there may be one. @param fail is told why there is no image */
export function listenToCamera(image: (blob: Blob) => void, fail: (error: unknown) => void): void {
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
    const blob = video.videoWidth > 0 ? await still(video) : null;
    dialog.close();
    if (blob) image(blob);
  });
  element("camera-cancel", HTMLButtonElement).addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    for (const track of stream?.getTracks() ?? []) track.stop();
    video.srcObject = null;
  });
}
