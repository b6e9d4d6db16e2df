/** What stands below the images: what the model has learned, and who made the images. */
import type { Attribution } from "@plumage/models";
import type { RuntimeInfo } from "../../../engine/protocol.ts";
import { element } from "../dom/elements.ts";

function link(text: string, url: string | undefined): Node {
  // Attributions come with the data set, so an address is a link only if it leads to the web.
  if (!url || !/^https?:/.test(url)) return document.createTextNode(text);
  const anchor = document.createElement("a");
  anchor.href = url;
  anchor.rel = "noreferrer";
  anchor.textContent = text;
  return anchor;
}

/** Makers and terms: the licences ask for them where the images are shown. */
export function drawCredits(attributions: readonly Attribution[]): void {
  const items = attributions.map(({ title, author, licence, licenceUrl, url }) => {
    const item = document.createElement("li");
    const name = document.createElement("strong");
    name.append(link(title, url));
    item.append(name, ` by ${author}, `, link(licence, licenceUrl));
    return item;
  });
  element("credits", HTMLUListElement).replaceChildren(...items);
}

/** For somebody who has never heard of the model: what it learned from, and how well. */
export function drawStanding({ name, title, precisionAt1 }: RuntimeInfo["model"]): void {
  const learned = `The model "${name}" learned from: ${title}.`;
  const reached =
    precisionAt1 === null
      ? ""
      : ` Given an image of a kind that it has never seen, the nearest one is of the same kind ${(100 * precisionAt1).toFixed(1)}% of the time.`;
  element("standing", HTMLElement).textContent = learned + reached;
}
