/** The left column: the query's image or words, examples, recent queries, and errors. */
import type { GalleryInfo } from "../../../engine/search/galleryPack.ts";
import { labelName } from "../../../engine/search/labels.ts";
import type { Renditions } from "../../effects/renditions.ts";
import { formatCount } from "../../format/numbers.ts";
import type { Query } from "../../state/query.ts";
import { currentQuery, galleryCount } from "../../state/selectors.ts";
import { element, showText } from "../dom/elements.ts";
import { drawImageButtons, type ImageButton, onImageButton } from "../dom/imageButtons.ts";
import type { Thumbnails } from "../dom/thumbnails.ts";
import type { View } from "../dom/view.ts";
import { drawPreview, inputName } from "./preview.ts";

export interface QueryActions {
  /** Searches with the whole image again. */
  removeCrop(): void;
  toggleExample(index: number, side: "more" | "less"): void;
  /** @param place in the list of recent queries */
  showRecent(place: number): void;
  clear(): void;
}

export function createQueryPanel(
  actions: QueryActions,
  thumbnails: Thumbnails,
  renditions: Renditions,
): View {
  const examples = element("examples", HTMLUListElement);
  const recents = element("recent", HTMLUListElement);
  element("whole", HTMLButtonElement).addEventListener("click", actions.removeCrop);
  element("clear", HTMLButtonElement).addEventListener("click", actions.clear);
  onImageButton(recents, (key) => actions.showRecent(Number(key)));
  onImageButton(examples, (key) => {
    const [side, index] = key.split(" ") as ["more" | "less", string];
    actions.toggleExample(Number(index), side);
  });

  return {
    draw(state) {
      const { gallery, pending, error, recent } = state;
      const query = currentQuery(state);
      showText(element("error", HTMLElement), error);
      element("clear", HTMLButtonElement).hidden = !query;
      element("file-label", HTMLLabelElement).textContent = query
        ? "Choose another"
        : "Choose an image";
      const preview = element("preview", HTMLElement);
      preview.hidden = !query;
      preview.ariaBusy = String(pending !== undefined);
      if (!gallery) return;
      element("gallery-count", HTMLElement).textContent = formatCount(galleryCount(gallery));
      if (query) drawPreview(query, state, thumbnails, renditions);
      const { more = [], less = [] } = query ?? {};
      element("refinement", HTMLElement).hidden = more.length + less.length === 0;
      drawImageButtons(examples, [
        ...more.map((index) => exampleButton("more", index, gallery, thumbnails)),
        ...less.map((index) => exampleButton("less", index, gallery, thumbnails)),
      ]);
      element("history", HTMLElement).hidden = recent.length < 2;
      drawImageButtons(
        recents,
        recent.map((query, place) =>
          recentButton(query, place, gallery, { thumbnails, renditions }),
        ),
      );
    },
  };
}

function exampleButton(
  side: "more" | "less",
  index: number,
  { entries }: GalleryInfo,
  thumbnails: Thumbnails,
): ImageButton {
  return {
    key: `${side} ${index}`,
    url: thumbnails.url(index),
    title: `Remove example: ${side} like ${labelName(entries[index]!.label)}`,
    badge: side === "more" ? "+" : "\u2212",
  };
}

function recentButton(
  { input }: Query,
  place: number,
  gallery: GalleryInfo,
  { thumbnails, renditions }: { thumbnails: Thumbnails; renditions: Renditions },
): ImageButton {
  const key = String(place);
  const title = `Search again with ${inputName(input, gallery)}`;
  if (input.kind === "text") return { key, title, text: input.text };
  const url = input.kind === "entry" ? thumbnails.url(input.index) : renditions.urlOf(input);
  return { key, title, url };
}
