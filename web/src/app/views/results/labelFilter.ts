/** The field that keeps to images of one label, with the gallery's labels to choose from. */
import type { GalleryInfo } from "../../../engine/protocol.ts";
import type { State } from "../../state/state.ts";
import { element } from "../dom/elements.ts";

/** More would make the list slow to open; who types gets there all the same. */
const mostChoices = 2000;

export function drawFilter({ label }: State): void {
  const field = element("filter", HTMLInputElement);
  // While it is typed into, the field is ahead of the state.
  if (document.activeElement !== field) field.value = label;
}

/**
 * @param change is called with what is typed or chosen; @param gallery gives the gallery whose
 * labels can be chosen
 */
export function onFilter(
  change: (label: string) => void,
  gallery: () => GalleryInfo | undefined,
): void {
  const field = element("filter", HTMLInputElement);
  field.addEventListener("input", () => change(field.value.trim()));
  let listed: GalleryInfo | undefined;
  // A thousand choices that few visits look at would weigh on the start of all.
  field.addEventListener("focus", () => {
    const now = gallery();
    if (!now || now === listed) return;
    listed = now;
    const labels = [...new Set(now.entries.map((entry) => entry.label))]
      .sort()
      .slice(0, mostChoices);
    element("labels", HTMLDataListElement).replaceChildren(
      ...labels.map((text) => new Option(text, text)),
    );
  });
}
