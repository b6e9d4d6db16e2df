/**
 * The URL fragment: the gallery image or the words that are searched for, the examples and the
 * filter; images by id.
 */
import type { GalleryInfo } from "../../engine/search/galleryPack.ts";
import { cleanText, plainQuery, type Query } from "./query.ts";
import { galleryCount } from "./selectors.ts";

/** What a fragment can express. The user's images never appear in it. */
export interface Address {
  readonly query: Query | undefined;
  readonly label: string;
}

/** @returns "" or a fragment that starts with # */
export function formatAddress({ query, label }: Address, gallery: GalleryInfo): string {
  const isShareable = (index: number) => index < galleryCount(gallery);
  const idOf = (index: number) => gallery.entries[index]!.id;
  const params = new URLSearchParams();
  const input = query?.input;
  if (input?.kind === "entry" && isShareable(input.index)) params.set("like", idOf(input.index));
  if (input?.kind === "text") params.set("text", input.text);
  if (query && params.size > 0) {
    for (const index of query.more.filter(isShareable)) params.append("more", idOf(index));
    for (const index of query.less.filter(isShareable)) params.append("less", idOf(index));
  }
  if (label) params.set("label", label);
  const text = params.toString();
  return text && `#${text}`;
}

/** Ignores ids that the gallery does not have, and words if it cannot be searched by them. */
export function parseAddress(fragment: string, { entries, takesWords }: GalleryInfo): Address {
  const params = new URLSearchParams(fragment.replace(/^#/, ""));
  const indices = (key: string) =>
    params.getAll(key).flatMap((id) => {
      const index = entries.findIndex((entry) => entry.id === id);
      return index < 0 ? [] : [index];
    });
  const [index] = indices("like");
  const text = takesWords ? cleanText(params.get("text") ?? "") : "";
  const query =
    index !== undefined
      ? plainQuery({ kind: "entry", index })
      : text
        ? plainQuery({ kind: "text", text })
        : undefined;
  return {
    query: query && { ...query, more: indices("more"), less: indices("less") },
    label: params.get("label") ?? "",
  };
}
