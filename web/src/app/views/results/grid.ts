/**
 * The grid of images: the gallery's examples, or the nearest to a query. Each tile is a button that
 * searches by it.
 */
import type { GalleryInfo, Hit } from "../../../engine/protocol.ts";
import { score } from "../../format/format.ts";
import { element } from "../dom/elements.ts";
import type { Thumbnails } from "../dom/thumbnails.ts";

/** An image to show; examples have no score. */
export type Tile = Hit | { readonly index: number; readonly score?: undefined };

/** Titles of the sources by their keys. */
const titles = (gallery: GalleryInfo) =>
  new Map(gallery.attributions.map(({ source, title }) => [source, title]));

export interface Looks {
  readonly list: "grid" | "server-grid";
  /** Tiles with this label are marked. */
  readonly sharedLabel: string | undefined;
  /** Whether they settle into place; while a box is dragged that would flicker. */
  readonly moves: boolean;
  /** Places that the answer beside this one has too; all others of the first tiles are marked. */
  readonly agreed?: { readonly shared: ReadonlySet<number>; readonly of: number } | undefined;
}

/** Draws the tiles of a list anew. */
export function drawGrid(
  gallery: GalleryInfo,
  thumbnails: Thumbnails,
  tiles: readonly Tile[],
  { list, sharedLabel, moves, agreed }: Looks,
): void {
  const template = element("tile", HTMLTemplateElement);
  const sources = titles(gallery);
  const images: [HTMLImageElement, number][] = [];
  const items = tiles.map(({ index, score: cosine }, rank) => {
    const { id, label, source } = gallery.entries[index]!;
    const item = template.content.cloneNode(true) as DocumentFragment;
    const part = (selector: string) => item.querySelector<HTMLElement>(selector)!;
    const button = part("button");
    button.dataset.index = String(index);
    button.dataset.id = id;
    button.dataset.testid =
      cosine === undefined ? "example" : list === "grid" ? "result" : "server-result";
    part("li").style.setProperty("--rank", String(rank));
    const marked = label === sharedLabel;
    button.classList.toggle("same-label", marked);
    const isAlone = agreed !== undefined && rank < agreed.of && !agreed.shared.has(index);
    button.classList.toggle("alone", isAlone);
    const title = source === undefined ? "" : (sources.get(source) ?? source);
    part(".tile-label").textContent = label;
    // In narrow columns it is cut off.
    part(".tile-source").textContent = title;
    part(".tile-source").title = title;
    if (cosine === undefined) part(".tile-score").remove();
    else {
      button.dataset.score = String(cosine);
      part(".tile-score").textContent = score(cosine);
    }
    const facts = [
      label,
      title,
      cosine === undefined ? "" : `similarity ${score(cosine)}`,
      marked ? "same label as the query" : "",
      isAlone ? "not in the other answer" : "",
    ];
    for (const side of ["more", "less"] as const) {
      const vote = part(`[data-side=${side}]`);
      vote.hidden = cosine === undefined;
      vote.dataset.index = String(index);
      vote.ariaLabel = `${side === "more" ? "More" : "Less"} like this: ${label}`;
    }
    button.setAttribute(
      "aria-label",
      `${facts.filter((fact) => fact !== "").join(", ")}. Search by this image`,
    );
    images.push([item.querySelector("img")!, index]);
    return item;
  });
  const grid = element(list, HTMLUListElement);
  grid.classList.toggle("still", !moves);
  grid.replaceChildren(...items);
  showImages(images, thumbnails);
}

/**
 * Images that get their addresses together: to make one is a question to the browser's own process,
 * and takes a while.
 */
const together = 6;

function showImages(images: readonly [HTMLImageElement, number][], thumbnails: Thumbnails): void {
  for (const [image, index] of images.slice(0, together)) image.src = thumbnails.url(index);
  const others = images.slice(together);
  // Those of a grid that has been drawn anew are nobody's any more.
  if (others[0]?.[0].isConnected) setTimeout(showImages, 0, others, thumbnails);
}

/** What can be done with an image of the grid, by its place. */
export interface Choices {
  search(index: number): void;
  example(index: number, side: "more" | "less"): void;
}

export function onChosen({ search, example }: Choices): void {
  element("sides", HTMLElement).addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-index]");
    if (!button) return;
    const { index, side } = button.dataset;
    if (side === "more" || side === "less") example(Number(index), side);
    else search(Number(index));
  });
}
