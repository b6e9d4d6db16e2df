/** The headings of the results, and what screen readers announce. Pure. */
import type { Scope } from "../../../engine/search/combinedSearch.ts";
import type { GalleryInfo } from "../../../engine/search/galleryPack.ts";
import { formatScore, plural } from "../../format/numbers.ts";
import { describeTimings } from "../../format/runtime.ts";
import type { ServerAnswer } from "../../server/searchServer.ts";
import { galleryCount, sameLabelCounts } from "../../state/selectors.ts";
import type { Results } from "../../state/state.ts";
import { type Agreement, describeAgreement } from "./agreement.ts";

const sampleTitles: Readonly<Record<Scope, string>> = {
  gallery: "From the gallery",
  folder: "From your folder",
  all: "From the gallery and your folder",
};

const resultTitles: Readonly<Record<Scope, string>> = {
  gallery: "Most similar in the gallery",
  folder: "Most similar in your folder",
  all: "Most similar in both",
};

/** @param results undefined for the gallery sample */
export function titleOf(results: Results | undefined, scope: Scope): string {
  if (!results) return sampleTitles[scope];
  return results.target === "server" ? "Most similar on the server" : resultTitles[scope];
}

export const sampleSummary = (gallery: GalleryInfo, scope: Scope): string => {
  const subject = scope === "folder" ? plural(gallery.folderCount, "photo") : gallery.title;
  return `${subject}. Choose an image to find similar ones.`;
};

/** "24 of 4,935 images, 3 of the 5 others with the same label; searched in 2.1 ms." */
export function summaryOf(results: Results, gallery: GalleryInfo, scope: Scope): string {
  const { answer, serverAnswer, target } = results;
  const searched = countOf(gallery, target === "device" ? scope : "gallery");
  const same = sameLabelCounts(results, gallery);
  const sameText = same && same.total > 0 ? describeSameLabel(same) : "";
  const times = serverAnswer ? "" : `; ${describeTimings(answer.timings)}`;
  const missing = "missing" in answer ? describeMissing(answer) : "";
  return `${answer.hits.length} of ${plural(searched, "image")}${sameText}${times}${missing}.`;
}

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
  { answer }: Results,
  { entries }: GalleryInfo,
  agreement: Agreement | undefined,
): string {
  const [first] = answer.hits;
  if (!first) return "No images found.";
  const found = `${plural(answer.hits.length, "image")} found.`;
  const { label } = entries[first.index]!;
  const best = `Most similar: ${label}, similarity ${formatScore(first.score)}.`;
  return [found, best, agreement ? describeAgreement(agreement) : ""].filter(Boolean).join(" ");
}

function countOf(gallery: GalleryInfo, scope: Scope): number {
  if (scope === "gallery") return galleryCount(gallery);
  return scope === "folder" ? gallery.folderCount : gallery.entries.length;
}
