/** Rows of small images that are buttons: recent queries and examples. */
import { create } from "./elements.ts";
import { markPhoto } from "./photo.ts";

export interface ImageButton {
  /** Passed to the listener of onImageButton. */
  readonly key: string;
  readonly url: string;
  readonly title: string;
  /** A character in the corner. */
  readonly badge?: string;
}

/** Draws the buttons of a list. While they are the same, the elements and the focus stay. */
export function drawImageButtons(list: HTMLElement, buttons: readonly ImageButton[]): void {
  const drawn = JSON.stringify(buttons);
  if (list.dataset.drawn === drawn) return;
  list.dataset.drawn = drawn;
  list.replaceChildren(...buttons.map((button) => create("li", {}, [createButton(button)])));
}

function createButton({ key, url, title, badge }: ImageButton): HTMLElement {
  const image = create("img", { alt: "" });
  markPhoto(image);
  image.src = url;
  const button = create(
    "button",
    { type: "button", className: "small-image", title, ariaLabel: title },
    [image, ...(badge ? [create("span", { className: "badge", textContent: badge })] : [])],
  );
  button.dataset.key = key;
  return button;
}

/** @param listener called with the key of the button that was pressed */
export function onImageButton(list: HTMLElement, listener: (key: string) => void): void {
  list.addEventListener("click", (event) => {
    const key = (event.target as Element).closest<HTMLElement>("[data-key]")?.dataset.key;
    if (key !== undefined) listener(key);
  });
}
