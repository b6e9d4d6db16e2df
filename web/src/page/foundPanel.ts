/** The right side: the gallery's examples, or what was found, with a line on how it was found. */
import { element } from "./elements.ts";
import { examples } from "./examples.ts";
import { plural, score, timings } from "./format.ts";
import { drawGrid } from "./grid.ts";
import { type Shown, type State, sameLabel, sameSubject } from "./state.ts";
import type { Thumbnails } from "./thumbnails.ts";

/** As many as fill rows of three, four and six. */
const exampleCount = 24;

type Gallery = NonNullable<State["gallery"]>;

/** @param previous the state that is drawn now; the grid is left alone where it would be the same */
export function drawFoundPanel(state: State, previous: State, thumbnails: Thumbnails | undefined): void {
  const { gallery, shown, pending, round, label: filter } = state;
  if (!gallery || !thumbnails) return;
  element("found", HTMLElement).ariaBusy = String(pending !== undefined);
  element("main", HTMLElement).dataset.view = shown || pending ? "answer" : "gallery";
  element("shuffle", HTMLButtonElement).hidden = shown !== undefined;
  const same = (["shown", "round", "gallery"] as const).every((part) => state[part] === previous[part]);
  // The filter of an answer is the worker's; it draws when that has come.
  if (same && (shown || filter === previous.label)) return;

  const tiles = shown ? shown.answer.hits : examplesOf(gallery, round, filter);
  const subject = shown?.query.subject;
  const label = subject?.kind === "entry" ? gallery.entries[subject.index]!.label : undefined;
  const goesOn = subject && previous.shown && sameSubject(subject, previous.shown.query.subject);
  drawGrid(gallery, thumbnails, tiles, label, !goesOn);
  element("found-title", HTMLElement).textContent = shown ? "Nearest in the gallery" : "From the gallery";
  element("found-summary", HTMLElement).textContent = shown
    ? summaryOf(shown, gallery)
    : tiles.length > 0
      ? `${gallery.title}. Choose one to search by it.`
      : `No picture has a label with "${filter}" in it.`;
  element("announcement", HTMLElement).textContent = shown ? announcement(shown, gallery) : "";
}

/** One picture a label, or several where a filter leaves few labels. */
function examplesOf({ entries }: Gallery, round: number, filter: string): { index: number }[] {
  const wanted = filter.toLowerCase();
  if (!wanted) return examples(entries, exampleCount, round).map((index) => ({ index }));
  const fitting = entries.flatMap(({ label }, index) => (label.toLowerCase().includes(wanted) ? [{ index }] : []));
  return fitting.slice(0, exampleCount);
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
