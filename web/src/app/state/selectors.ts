/** Values that derive from the state. */
import { goodMatch, unlabeled } from "@plumage/models";
import type { GalleryInfo } from "../../engine/search/galleryPack.ts";
import type { Query } from "./query.ts";
import type { Results, State } from "./state.ts";

/** The most recent query, whether or not it has been answered. */
export const currentQuery = ({ queued, pending, results }: State): Query | undefined =>
  queued ?? pending?.query ?? results?.query;

/** How many entries are the gallery's own; those of the user's folder follow. */
export const galleryCount = ({ entries, folderCount }: GalleryInfo): number =>
  entries.length - folderCount;

/** Object URLs of the user's images that are in use; others can be revoked. */
export function imageUrls({ queued, pending, results, recent }: State): Set<string> {
  const queries = [queued, pending?.query, results?.query, ...recent];
  return new Set(
    queries.flatMap((query) => (query?.input.kind === "image" ? [query.input.url] : [])),
  );
}

/** The label of the query's image; undefined for an image of the user, and an unlabeled one. */
export function queryLabel({ input }: Query, { entries }: GalleryInfo): string | undefined {
  const label = input.kind === "entry" ? entries[input.index]!.label : unlabeled;
  return label === unlabeled ? undefined : label;
}

/**
 * How many other images share the query's label, among the results and in total; undefined if it
 * has none.
 */
export function sameLabelCounts(
  { query, answer }: Results,
  gallery: GalleryInfo,
): { found: number; total: number } | undefined {
  const label = queryLabel(query, gallery);
  if (label === undefined) return undefined;
  const { entries } = gallery;
  return {
    found: answer.hits.filter(({ index }) => entries[index]!.label === label).length,
    total: entries.filter((entry) => entry.label === label).length - 1,
  };
}

/** Above this confidence, the nearest image is more likely a match than not. */
const likelyMatch = 0.5;

/**
 * What the confidence of the nearest image says: a match is likely, possible, or there is no good
 * one. Likely, if the model is not calibrated or an image of the gallery has found its label.
 */
export function verdictOf(results: Results, gallery: GalleryInfo): "likely" | "possible" | "none" {
  const confidence = results.answer.hits[0]?.confidence ?? 1;
  const hasSameLabel = (sameLabelCounts(results, gallery)?.found ?? 0) > 0;
  if (confidence >= likelyMatch || hasSameLabel) return "likely";
  return confidence >= goodMatch ? "possible" : "none";
}
