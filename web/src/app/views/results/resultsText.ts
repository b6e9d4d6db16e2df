/** The headings of the results, and what screen readers announce. Pure. */
import type { Answer } from "../../../engine/protocol.ts";
import type { Scope } from "../../../engine/search/combinedSearch.ts";
import type { GalleryInfo } from "../../../engine/search/galleryPack.ts";
import { labelName } from "../../../engine/search/labels.ts";
import { formatConfidence, formatOdds } from "../../format/confidence.ts";
import { formatScore, plural } from "../../format/numbers.ts";
import { describeTimings } from "../../format/runtime.ts";
import type { ServerAnswer } from "../../server/searchServer.ts";
import { galleryCount, sameLabelCounts, verdictOf } from "../../state/selectors.ts";
import type { Results } from "../../state/state.ts";
import { type Agreement, describeAgreement } from "./agreement.ts";

const sampleTitles: Readonly<Record<Scope, string>> = {
  gallery: "From the gallery",
  folder: "From your folder",
  all: "From the gallery and your folder",
};

const places: Readonly<Record<Scope, string>> = {
  gallery: "in the gallery",
  folder: "in your folder",
  all: "in both",
};

const verdicts = {
  likely: "Most similar",
  possible: "Possible matches",
  none: "No good match",
} as const;

/** @param results undefined for the gallery sample */
export function titleOf(results: Results | undefined, gallery: GalleryInfo, scope: Scope): string {
  if (!results) return sampleTitles[scope];
  const place = results.target === "server" ? "on the server" : places[scope];
  return `${verdicts[verdictOf(results, gallery)]} ${place}`;
}

export const sampleSummary = (gallery: GalleryInfo, scope: Scope): string => {
  const subject = scope === "folder" ? plural(gallery.folderCount, "photo") : gallery.title;
  return `${subject}. Choose an image to find similar ones.`;
};

/**
 * "24 of 4,935 images, 3 of the 5 others with the same label; searched in 2.1 ms.", and what the
 * percentages mean, or how rarely such a search finds a match.
 */
export function summaryOf(results: Results, gallery: GalleryInfo, scope: Scope): string {
  const { answer, serverAnswer, target } = results;
  const searched = countOf(gallery, target === "device" ? scope : "gallery");
  const same = sameLabelCounts(results, gallery);
  const sameText = same && same.total > 0 ? describeSameLabel(same) : "";
  const times = serverAnswer ? "" : `; ${describeTimings(answer.timings)}`;
  const missing = "missing" in answer ? describeMissing(answer) : "";
  const counts = `${answer.hits.length} of ${plural(searched, "image")}`;
  const confidence = answer.hits[0]?.confidence;
  const text = `${counts}${sameText}${times}${missing}.${describeCut(answer)}`;
  if (confidence === undefined) return text;
  return verdictOf(results, gallery) !== "none"
    ? `${text} The percentages say how likely each is a match.`
    : "The nearest image is likely something else: about " +
        `${formatOdds(confidence)} such searches finds a match. ${text}`;
}

/** That the end of a text was left out, or nothing. */
const describeCut = ({ text }: Answer): string =>
  text && text.used < text.tokens
    ? ` The text is too long: only ${text.used} of its ${text.tokens} tokens were used.`
    : "";

function describeSameLabel({ found, total }: { found: number; total: number }): string {
  if (total > 1) return `, ${found} of the ${plural(total, "other")} with the same label`;
  return `, ${found === 1 ? "with" : "without"} the only other of the same label`;
}

/** "; 3 results are not in this page's gallery", or nothing. */
export const describeMissing = ({ missing }: ServerAnswer): string =>
  missing === 0
    ? ""
    : `; ${plural(missing, "result")} ${missing === 1 ? "is" : "are"} not in this page's gallery`;

export function announcementOf(
  results: Results,
  gallery: GalleryInfo,
  agreement: Agreement | undefined,
): string {
  const { hits } = results.answer;
  const [first] = hits;
  if (!first) return "No images found.";
  const { score, confidence } = first;
  const verdict = verdictOf(results, gallery) === "none" ? "No good match." : "";
  const found = `${plural(hits.length, "image")} found.`;
  const name = labelName(gallery.entries[first.index]!.label);
  const chance =
    confidence === undefined
      ? `similarity ${formatScore(score)}`
      : `${formatConfidence(confidence)} likely a match`;
  const best = `Most similar: ${name}, ${chance}.`;
  return [verdict, found, best, agreement ? describeAgreement(agreement) : ""]
    .filter(Boolean)
    .join(" ");
}

function countOf(gallery: GalleryInfo, scope: Scope): number {
  if (scope === "gallery") return galleryCount(gallery);
  return scope === "folder" ? gallery.folderCount : gallery.entries.length;
}
