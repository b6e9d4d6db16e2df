/** Who made the pictures, and on what terms: licences ask for it where the pictures are shown. */
import type { Attribution } from "@plumage/models";
import { element } from "./elements.ts";

function link(text: string, url: string | undefined): Node {
  // Attributions come with the data set, so an address is a link only if it leads to the web.
  if (!url || !/^https?:/.test(url)) return document.createTextNode(text);
  const anchor = document.createElement("a");
  anchor.href = url;
  anchor.rel = "noreferrer";
  anchor.textContent = text;
  return anchor;
}

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
