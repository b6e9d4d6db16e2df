/** A grid of images. Each tile is a button that searches with its image. */
import type { Hit } from "../../../engine/search/combinedSearch.ts";
import type { GalleryEntry, GalleryInfo } from "../../../engine/search/galleryPack.ts";
import { labelName } from "../../../engine/search/labels.ts";
import { formatConfidence } from "../../format/confidence.ts";
import { formatScore } from "../../format/numbers.ts";
import { element } from "../dom/elements.ts";
import { markPhoto } from "../dom/photo.ts";
import type { Thumbnails } from "../dom/thumbnails.ts";

/** An image to show; images of the gallery sample have no score. */
export type Tile =
  | Hit
  | { readonly index: number; readonly score?: undefined; readonly confidence?: undefined };

export interface GridOptions {
  readonly list: "grid" | "server-grid";
  /** Tiles with this label are highlighted. */
  readonly queryLabel: string | undefined;
  /** Whether tiles fade in; off while a crop is dragged, because it would flicker. */
  readonly isAnimated: boolean;
  /** The top of the answer that this one is compared with; other top tiles are highlighted. */
  readonly compared?: { readonly shared: ReadonlySet<number>; readonly count: number } | undefined;
}

/** Replaces the tiles of a list. */
export function drawGrid(
  gallery: GalleryInfo,
  thumbnails: Thumbnails,
  tiles: readonly Tile[],
  options: GridOptions,
): void {
  const titles = new Map(gallery.attributions.map(({ source, title }) => [source, title]));
  const items = tiles.map((tile, rank) => {
    const entry = gallery.entries[tile.index]!;
    const title = entry.source === undefined ? "" : (titles.get(entry.source) ?? entry.source);
    return createTile(tile, rank, entry, title, options);
  });
  const images = items.map((item, rank): [HTMLImageElement, number] => [
    item.querySelector("img")!,
    tiles[rank]!.index,
  ]);
  const list = element(options.list, HTMLUListElement);
  list.classList.toggle("still", !options.isAnimated);
  list.replaceChildren(...items);
  loadImages(images, thumbnails);
}

function createTile(
  { index, score, confidence }: Tile,
  rank: number,
  { id, label }: GalleryEntry,
  sourceTitle: string,
  { list, queryLabel, compared }: GridOptions,
): DocumentFragment {
  const item = element("tile", HTMLTemplateElement).content.cloneNode(true) as DocumentFragment;
  const part = (selector: string) => item.querySelector<HTMLElement>(selector)!;
  part("li").style.setProperty("--rank", String(rank));
  const name = labelName(label);
  part(".tile-label").textContent = name;
  part(".tile-source").textContent = sourceTitle;
  // Narrow columns truncate them.
  part(".tile-label").title = label;
  part(".tile-source").title = sourceTitle;

  const isResult = score !== undefined;
  const hasQueryLabel = label === queryLabel;
  const isUnshared = compared !== undefined && rank < compared.count && !compared.shared.has(index);
  const button = part("button");
  button.dataset.index = String(index);
  button.dataset.id = id;
  button.dataset.testid = !isResult ? "example" : list === "grid" ? "result" : "server-result";
  button.classList.toggle("same-label", hasQueryLabel);
  button.classList.toggle("unshared", isUnshared);
  if (isResult) {
    button.dataset.score = String(score);
    part(".tile-score").textContent =
      confidence === undefined ? formatScore(score) : formatConfidence(confidence);
    part(".tile-score").title = `Similarity ${formatScore(score)}`;
  } else part(".tile-score").remove();
  const facts = [
    name,
    sourceTitle,
    isResult ? describeMatch(score, confidence) : "",
    hasQueryLabel ? "same label as the query" : "",
    isUnshared ? "not in the other results" : "",
  ];
  button.ariaLabel = `${facts.filter(Boolean).join(", ")}. Search with this image`;

  for (const side of ["more", "less"] as const) {
    const vote = part(`[data-side=${side}]`);
    vote.hidden = !isResult;
    vote.dataset.index = String(index);
    vote.ariaLabel = `${side === "more" ? "More" : "Less"} like this: ${name}`;
  }
  return item;
}

const describeMatch = (score: number, confidence: number | undefined): string =>
  confidence === undefined
    ? `similarity ${formatScore(score)}`
    : `${formatConfidence(confidence)} likely a match`;

/** Images per task: creating an object URL is a slow call to the browser process. */
const imagesPerTask = 6;

function loadImages(images: readonly [HTMLImageElement, number][], thumbnails: Thumbnails): void {
  for (const [image, index] of images.slice(0, imagesPerTask)) {
    markPhoto(image);
    image.src = thumbnails.url(index);
  }
  const rest = images.slice(imagesPerTask);
  // A grid that has been replaced needs no more images.
  if (rest[0]?.[0].isConnected) setTimeout(loadImages, 0, rest, thumbnails);
}
