/** The field that filters images by label, with the gallery's labels as suggestions. */
import type { GalleryInfo } from "../../../engine/search/galleryPack.ts";
import { labelName } from "../../../engine/search/labels.ts";
import { element } from "../dom/elements.ts";
import type { View } from "../dom/view.ts";

/** More suggestions would make the list slow to open. */
const maxSuggestions = 2000;

/** @param onChange called with the text as it is typed or chosen */
export function createLabelFilter(onChange: (label: string) => void): View {
  const field = element("filter", HTMLInputElement);
  let gallery: GalleryInfo | undefined;
  let listed: GalleryInfo | undefined;
  field.addEventListener("input", () => onChange(field.value.trim()));
  // Filled on first use: thousands of options would slow down every visit.
  field.addEventListener("focus", () => {
    if (!gallery || gallery === listed) return;
    listed = gallery;
    const labels = [...new Set(gallery.entries.map(({ label }) => labelName(label)))].sort();
    element("labels", HTMLDataListElement).replaceChildren(
      ...labels.slice(0, maxSuggestions).map((label) => new Option(label, label)),
    );
  });
  return {
    draw(state) {
      gallery = state.gallery;
      // While the user types, the field is ahead of the state.
      if (document.activeElement !== field) field.value = state.label;
    },
  };
}
