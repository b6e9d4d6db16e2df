/** The field for words that describe what to find. */
import { maxTextLength } from "@plumage/models";
import { cleanText } from "../../state/query.ts";
import { currentQuery } from "../../state/selectors.ts";
import { element } from "../dom/elements.ts";
import type { View } from "../dom/view.ts";

/** @param search called with words that are not empty */
export function createWordsField(search: (text: string) => void): View {
  const area = element("words", HTMLElement);
  const field = element("words-text", HTMLInputElement);
  field.maxLength = maxTextLength;
  element("words-form", HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    const text = cleanText(field.value);
    if (text) search(text);
  });
  return {
    draw(state, previous) {
      // Only galleries of models with a text encoder can be searched by words.
      area.hidden = !state.gallery?.takesWords;
      const [text, before] = [textOf(state), textOf(previous)];
      // What a person types stays until there is another query.
      if (text !== before || state === previous) field.value = text;
    },
  };
}

/** The words of the current query; empty for an image. */
function textOf(state: Parameters<typeof currentQuery>[0]): string {
  const input = currentQuery(state)?.input;
  return input?.kind === "text" ? input.text : "";
}
