/** A small image that is a button: the recent queries, and the examples for and against. */

export interface ImageButton {
  readonly url: string;
  readonly title: string;
  /** Handed to whoever listens. */
  readonly key: string;
  readonly sign?: string;
}

/** Draws a row of them, or hides it where there are none. */
export function drawImageButtons(list: HTMLElement, buttons: readonly ImageButton[]): void {
  const drawn = JSON.stringify(buttons);
  // Whoever has the focus on one of them keeps it while nothing changes.
  if (list.dataset.drawn === drawn) return;
  list.dataset.drawn = drawn;
  list.replaceChildren(
    ...buttons.map(({ url, title, key, sign }) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "small-image";
      button.dataset.key = key;
      button.title = title;
      button.ariaLabel = title;
      const image = document.createElement("img");
      image.src = url;
      image.alt = "";
      button.append(image);
      if (sign) {
        const mark = document.createElement("span");
        mark.className = "sign";
        mark.textContent = sign;
        button.append(mark);
      }
      const item = document.createElement("li");
      item.append(button);
      return item;
    }),
  );
}

/** Calls back with the key of the one that was pressed. */
export function onImage(list: HTMLElement, press: (key: string) => void): void {
  list.addEventListener("click", (event) => {
    const key = (event.target as Element).closest<HTMLElement>("[data-key]")?.dataset.key;
    if (key !== undefined) press(key);
  });
}
