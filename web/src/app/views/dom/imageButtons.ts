/** Rows of small images, or words, that are buttons: recent queries and examples. */
import { create } from "./elements.ts";
import { markPhoto } from "./photo.ts";

export type ImageButton = {
  /** Passed to the listener of onImageButton. */
  readonly key: string;
  readonly title: string;
  /** A character in the corner. */
  readonly badge?: string;
} & ({ readonly url: string } | { readonly text: string });

/** Draws the buttons of a list. While they are the same, the elements and the focus stay. */
export function drawImageButtons(list: HTMLElement, buttons: readonly ImageButton[]): void {
  const drawn = JSON.stringify(buttons);
  if (list.dataset.drawn === drawn) return;
  list.dataset.drawn = drawn;
  list.replaceChildren(...buttons.map((button) => create("li", {}, [createButton(button)])));
}

function createButton(content: ImageButton): HTMLElement {
  const { key, title, badge } = content;
  const face =
    "url" in content
      ? imageOf(content.url)
      : create("span", { className: "small-words", textContent: content.text });
  const button = create(
    "button",
    { type: "button", className: "small-image", title, ariaLabel: title },
    [face, ...(badge ? [create("span", { className: "badge", textContent: badge })] : [])],
  );
  button.dataset.key = key;
  return button;
}

function imageOf(url: string): HTMLImageElement {
  const image = create("img", { alt: "" });
  markPhoto(image);
  image.src = url;
  return image;
}

/** @param listener called with the key of the button that was pressed */
export function onImageButton(list: HTMLElement, listener: (key: string) => void): void {
  list.addEventListener("click", (event) => {
    const key = (event.target as Element).closest<HTMLElement>("[data-key]")?.dataset.key;
    if (key !== undefined) listener(key);
  });
}
