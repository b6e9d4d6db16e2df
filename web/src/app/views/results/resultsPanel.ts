/** The right side: the gallery's examples, or what was found, with a line on how it was found. */
import type { Scope } from "../../../engine/protocol.ts";
import { plural, score, timings } from "../../format/format.ts";
import type { ServerAnswer } from "../../server/searchServer.ts";
import { packed, type Shown, type State, sameLabel, sameSubject } from "../../state/state.ts";
import { element } from "../dom/elements.ts";
import type { Thumbnails } from "../dom/thumbnails.ts";
import { agreementOf, explainAgreement } from "./agreement.ts";
import { examples } from "./gallerySample.ts";
import { drawGrid } from "./grid.ts";

/** As many as fill rows of three, four and six. */
const exampleCount = 24;

type Gallery = NonNullable<State["gallery"]>;

/**
 * @param previous the state that is drawn now; the grid is left alone where it would be the same
 */
export function drawFoundPanel(
  state: State,
  previous: State,
  thumbnails: Thumbnails | undefined,
): void {
  const { gallery, shown, pending, round, label: filter, scope } = state;
  if (!gallery || !thumbnails) return;
  element("found", HTMLElement).ariaBusy = String(pending !== undefined);
  element("main", HTMLElement).dataset.view = shown || pending ? "answer" : "gallery";
  element("shuffle", HTMLButtonElement).hidden = shown !== undefined;
  const same = (["shown", "round", "gallery", "scope"] as const).every(
    (part) => state[part] === previous[part],
  );
  // The filter of an answer is the worker's; it draws when that has come.
  if (same && (shown || filter === previous.label)) return;

  const tiles = shown ? shown.answer.hits : examplesOf(gallery, scope, round, filter);
  const subject = shown?.query.subject;
  const label = subject?.kind === "entry" ? gallery.entries[subject.index]!.label : undefined;
  const goesOn = subject && previous.shown && sameSubject(subject, previous.shown.query.subject);
  const other = shown?.other;
  const agreed = shown && other && agreementOf(shown.answer, other);
  const looks = { sharedLabel: label, moves: !goesOn, agreed };
  drawGrid(gallery, thumbnails, tiles, { ...looks, list: "grid" });
  drawGrid(gallery, thumbnails, other?.hits ?? [], { ...looks, list: "server-grid" });
  element("sides", HTMLElement).classList.toggle("two", other !== undefined);
  element("server-side", HTMLElement).hidden = !other;
  const agreement = element("agreement", HTMLElement);
  agreement.hidden = !agreed;
  agreement.textContent = agreed ? explainAgreement(agreed) : "";
  element("device-title", HTMLElement).hidden = !other;
  element("device-times", HTMLElement).textContent =
    shown && other ? timings(shown.answer.timings) : "";
  element("server-times", HTMLElement).textContent = other
    ? timings(other.timings) + strangers(other)
    : "";
  element("found-title", HTMLElement).textContent = !shown
    ? { gallery: "From the gallery", folder: "From your folder", all: "From both" }[scope]
    : shown.where === "server"
      ? "Nearest on the server"
      : {
          gallery: "Nearest in the gallery",
          folder: "Nearest in your folder",
          all: "Nearest in both",
        }[scope];
  element("found-summary", HTMLElement).textContent = shown
    ? summaryOf(shown, gallery, scope)
    : tiles.length > 0
      ? `${scope === "folder" ? plural(gallery.own, "image") : gallery.title}. Choose one to search by it.`
      : `No image has a label with "${filter}" in it.`;
  element("announcement", HTMLElement).textContent = shown ? announcement(shown, gallery) : "";
}

/** One image a label, or several where a filter leaves few labels. */
function examplesOf(
  gallery: Gallery,
  scope: Scope,
  round: number,
  filter: string,
): { index: number }[] {
  const [from, to] = span(gallery, scope);
  const entries = gallery.entries.slice(from, to);
  const wanted = filter.toLowerCase();
  const places = wanted
    ? entries
        .flatMap(({ label }, index) => (label.toLowerCase().includes(wanted) ? [index] : []))
        .slice(0, exampleCount)
    : examples(entries, exampleCount, round);
  return places.map((index) => ({ index: from + index }));
}

/** Where the images of a scope begin and end. */
const span = (gallery: Gallery, scope: Scope): [number, number] => [
  scope === "folder" ? packed(gallery) : 0,
  scope === "gallery" ? packed(gallery) : gallery.entries.length,
];

function summaryOf(shown: Shown, gallery: Gallery, scope: Scope): string {
  const [from, to] = span(gallery, shown.where === "device" ? scope : "gallery");
  const { hits, timings: measured } = shown.answer;
  const more = "strangers" in shown.answer ? strangers(shown.answer) : "";
  const same = sameLabel(shown, gallery);
  const kin =
    same && same.all > 0 ? `, with ${same.found} of the ${same.all} others of its label` : "";
  return `${hits.length} of ${plural(to - from, "image")}${kin}${shown.other ? "" : `; ${timings(measured)}`}${more}.`;
}

/** What the server has and this page has no image of. */
const strangers = ({ strangers }: ServerAnswer): string =>
  strangers === 0 ? "" : `; ${plural(strangers, "more image")} that this page does not have`;

function announcement({ answer, other }: Shown, { entries }: Gallery): string {
  const [first] = answer.hits;
  if (!first) return "Nothing found.";
  return `${plural(answer.hits.length, "image")} found. The nearest: ${entries[first.index]!.label}, similarity ${score(first.score)}.${other ? ` ${explainAgreement(agreementOf(answer, other))}` : ""}`;
}
