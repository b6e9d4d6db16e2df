/** The right column: a sample of the gallery, or the results of a search. */
import type { Scope } from "../../../engine/search/combinedSearch.ts";
import type { GalleryInfo } from "../../../engine/search/galleryPack.ts";
import { labelContains } from "../../../engine/search/labels.ts";
import { describeTimings } from "../../format/runtime.ts";
import { isSameInput } from "../../state/query.ts";
import { galleryCount, queryLabel, verdictOf } from "../../state/selectors.ts";
import type { Results, State } from "../../state/state.ts";
import { element, showText } from "../dom/elements.ts";
import type { Thumbnails } from "../dom/thumbnails.ts";
import type { View } from "../dom/view.ts";
import { compareAnswers, describeAgreement } from "./agreement.ts";
import { sampleGallery } from "./gallerySample.ts";
import { drawGrid, type Tile } from "./grid.ts";
import {
  announcementOf,
  describeMissing,
  sampleSummary,
  summaryOf,
  titleOf,
} from "./resultsText.ts";

/** Fills rows of three, four or six. */
const sampleSize = 24;

export interface ResultActions {
  search(index: number): void;
  toggleExample(index: number, side: "more" | "less"): void;
  shuffle(): void;
}

export function createResultsPanel(actions: ResultActions, thumbnails: Thumbnails): View {
  element("shuffle", HTMLButtonElement).addEventListener("click", actions.shuffle);
  element("sides", HTMLElement).addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-index]");
    if (!button) return;
    const { index, side } = button.dataset;
    if (side === "more" || side === "less") actions.toggleExample(Number(index), side);
    else actions.search(Number(index));
    // The new results replace the button that had the focus.
    element("found-title", HTMLElement).focus({ preventScroll: true });
  });
  return {
    draw(state, previous) {
      const { gallery, results, pending } = state;
      if (!gallery) return;
      element("found", HTMLElement).ariaBusy = String(pending !== undefined);
      element("main", HTMLElement).dataset.view = results || pending ? "answer" : "gallery";
      element("shuffle", HTMLButtonElement).hidden = results !== undefined;
      if (!isChanged(state, previous)) return;
      if (results) drawResults(results, state, previous, gallery, thumbnails);
      else drawSample(state, gallery, thumbnails);
    },
  };
}

/** Whether the grid must be drawn again. */
function isChanged(state: State, previous: State): boolean {
  const keys = ["results", "shuffles", "gallery", "scope"] as const;
  if (keys.some((key) => state[key] !== previous[key])) return true;
  // The worker filters results, which change when its answer arrives.
  return !state.results && state.label !== previous.label;
}

function drawResults(
  results: Results,
  { scope }: State,
  previous: State,
  gallery: GalleryInfo,
  thumbnails: Thumbnails,
): void {
  const { answer, serverAnswer, query } = results;
  const { input } = query;
  const isRefined =
    previous.results !== undefined && isSameInput(input, previous.results.query.input);
  const agreement = serverAnswer && compareAnswers(answer, serverAnswer);
  const options = {
    queryLabel: queryLabel(query, gallery),
    isAnimated: !isRefined,
    compared: agreement,
  };
  drawGrid(gallery, thumbnails, answer.hits, { ...options, list: "grid" });
  drawGrid(gallery, thumbnails, serverAnswer?.hits ?? [], { ...options, list: "server-grid" });
  drawHeadings(titleOf(results, gallery, scope), summaryOf(results, gallery, scope));
  element("found", HTMLElement).classList.toggle(
    "no-match",
    verdictOf(results, gallery) === "none",
  );
  drawComparison(
    agreement && describeAgreement(agreement),
    serverAnswer && describeTimings(answer.timings),
    serverAnswer && describeTimings(serverAnswer.timings) + describeMissing(serverAnswer),
  );
  element("announcement", HTMLElement).textContent = announcementOf(results, gallery, agreement);
}

function drawSample(state: State, gallery: GalleryInfo, thumbnails: Thumbnails): void {
  const { scope, label } = state;
  const tiles = sampleOf(gallery, state);
  const options = { list: "grid", queryLabel: undefined, isAnimated: true } as const;
  drawGrid(gallery, thumbnails, tiles, options);
  drawGrid(gallery, thumbnails, [], { ...options, list: "server-grid" });
  const summary =
    tiles.length > 0 ? sampleSummary(gallery, scope) : `No label contains "${label}".`;
  drawHeadings(titleOf(undefined, gallery, scope), summary);
  element("found", HTMLElement).classList.remove("no-match");
  drawComparison(undefined, undefined, undefined);
  element("announcement", HTMLElement).textContent = "";
}

function drawHeadings(title: string, summary: string): void {
  element("found-title", HTMLElement).textContent = title;
  element("found-summary", HTMLElement).textContent = summary;
}

/** Shows both sides with their times, or only the device's if there is no server answer. */
function drawComparison(
  agreement: string | undefined,
  deviceTimes: string | undefined,
  serverTimes: string | undefined,
): void {
  const isCompared = serverTimes !== undefined;
  element("sides", HTMLElement).classList.toggle("two", isCompared);
  element("server-side", HTMLElement).hidden = !isCompared;
  element("device-title", HTMLElement).hidden = !isCompared;
  element("device-times", HTMLElement).textContent = deviceTimes ?? "";
  element("server-times", HTMLElement).textContent = serverTimes ?? "";
  showText(element("agreement", HTMLElement), agreement);
}

/** One image per label, or the first ones that match the filter. */
function sampleOf(gallery: GalleryInfo, { scope, label, shuffles }: State): Tile[] {
  const [from, to] = rangeOf(gallery, scope);
  const entries = gallery.entries.slice(from, to);
  const indices = label
    ? entries.flatMap((entry, index) => (labelContains(entry.label, label) ? [index] : []))
    : sampleGallery(entries, sampleSize, shuffles);
  return indices.slice(0, sampleSize).map((index) => ({ index: from + index }));
}

/** The range of a scope's entries. */
const rangeOf = (gallery: GalleryInfo, scope: Scope): [from: number, to: number] => [
  scope === "folder" ? galleryCount(gallery) : 0,
  scope === "gallery" ? galleryCount(gallery) : gallery.entries.length,
];
