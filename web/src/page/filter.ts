/** The field that keeps to pictures of one label, with the gallery's labels to choose from. */
import { element } from "./elements.ts";
import type { State } from "./state.ts";

/** More would make the list slow to open; who types gets there all the same. */
const mostChoices = 2000;

export function drawFilter({ gallery, label }: State, previous: State): void {
  const field = element("filter", HTMLInputElement);
  // While it is typed into, the field is ahead of the state.
  if (document.activeElement !== field) field.value = label;
  if (!gallery || gallery === previous.gallery) return;
  const labels = [...new Set(gallery.entries.map((entry) => entry.label))].sort().slice(0, mostChoices);
  element("labels", HTMLDataListElement).replaceChildren(...labels.map((text) => new Option(text, text)));
}

/** Calls back with what is typed or chosen. */
export function onFilter(change: (label: string) => void): void {
  const field = element("filter", HTMLInputElement);
  field.addEventListener("input", () => change(field.value.trim()));
}
