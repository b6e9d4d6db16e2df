/**
 * The page's address, which another person or another day can open: what is searched by, examples
 * and filter.
 */
import type { GalleryInfo } from "../../engine/protocol.ts";
import { packed, plainQuery, type Query } from "./state.ts";

/** What an address says. A person's own image is in no address: it never leaves the device. */
export interface Place {
  readonly query: Query | undefined;
  readonly label: string;
}

/** @returns "" or a fragment that begins with # */
export function addressOf({ query, label }: Place, gallery: GalleryInfo): string {
  const { entries } = gallery;
  const isPacked = (index: number) => index < packed(gallery);
  const words = new URLSearchParams();
  const id = (index: number) => entries[index]!.id;
  if (query?.subject.kind === "entry" && isPacked(query.subject.index)) {
    words.set("like", id(query.subject.index));
    for (const index of query.more.filter(isPacked)) words.append("more", id(index));
    for (const index of query.less.filter(isPacked)) words.append("less", id(index));
  }
  if (label) words.set("label", label);
  const text = words.toString();
  return text && `#${text}`;
}

/** @returns the place; what an address names and the gallery does not have is left out */
export function placeOf(fragment: string, { entries }: GalleryInfo): Place {
  const words = new URLSearchParams(fragment.replace(/^#/, ""));
  const indices = (key: string) =>
    words.getAll(key).flatMap((id) => {
      const index = entries.findIndex((entry) => entry.id === id);
      return index < 0 ? [] : [index];
    });
  const [index] = indices("like");
  const query = index === undefined ? undefined : plainQuery({ kind: "entry", index });
  return {
    query: query && { ...query, more: indices("more"), less: indices("less") },
    label: words.get("label") ?? "",
  };
}
