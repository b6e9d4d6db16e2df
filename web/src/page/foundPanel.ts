/** The right side: the gallery's examples, or what was found, with a line on how it was found. */
import { element } from "./elements.ts";
import { examples } from "./examples.ts";
import { plural, score, timings } from "./format.ts";
import { drawGrid } from "./grid.ts";
import { type Shown, type State, sameLabel } from "./state.ts";
import type { Thumbnails } from "./thumbnails.ts";

/** As many as fill rows of three, four and six. */
const exampleCount = 24;

type Gallery = NonNullable<State["gallery"]>;

/** @param previous the state that is drawn now; the grid is left alone where it would be the same */
export function drawFoundPanel(state: State, previous: State, thumbnails: Thumbnails | undefined): void {
  const { gallery, shown, pending, round } = state;
  if (!gallery || !thumbnails) return;
  element("found", HTMLElement).ariaBusy = String(pending !== undefined);
  element("main", HTMLElement).dataset.view = shown || pending ? "answer" : "gallery";
  element("shuffle", HTMLButtonElement).hidden = shown !== undefined;
  if (shown === previous.shown && round === previous.round && gallery === previous.gallery) return;

  const tiles = shown ? shown.answer.hits : examples(gallery.entries, exampleCount, round).map((index) => ({ index }));
  const label = shown?.query.kind === "entry" ? gallery.entries[shown.query.index]!.label : undefined;
  drawGrid(gallery, thumbnails, tiles, label);
  element("found-title", HTMLElement).textContent = shown ? "Nearest in the gallery" : "From the gallery";
  element("found-summary", HTMLElement).textContent = shown
    ? summaryOf(shown, gallery)
    : `${gallery.title}. Choose one to search by it.`;
  element("announcement", HTMLElement).textContent = shown ? announcement(shown, gallery) : "";
}

function summaryOf(shown: Shown, gallery: Gallery): string {
  const { hits, timings: measured } = shown.answer;
  const same = sameLabel(shown, gallery);
  const kin = same && same.all > 0 ? `, with ${same.found} of the ${same.all} others of its label` : "";
  return `${hits.length} of ${plural(gallery.entries.length, "picture")}${kin}; ${timings(measured)}.`;
}

function announcement({ answer }: Shown, { entries }: Gallery): string {
  const [first] = answer.hits;
  if (!first) return "Nothing found.";
  return `${plural(answer.hits.length, "picture")} found. The nearest: ${entries[first.index]!.label}, similarity ${score(first.score)}.`;
}
