/** Which drawings show the same emoji: classes across the designers' sets. Pure. */
import { createHash } from "node:crypto";
import type { Split } from "@plumage/models";
import type { EmojiSet, SetName } from "./sets.ts";

export interface EmojiClass {
  /** Code points without variation selectors and skin tones, e.g. "1f44d". */
  readonly key: string;
  /** Name of the icon in the first set that has it. */
  readonly name: string;
  /** One icon for each set that draws it. */
  readonly icons: ReadonlyMap<SetName, string>;
}

const variationSelector = "fe0f";
const skinTones = new Set(["1f3fb", "1f3fc", "1f3fd", "1f3fe", "1f3ff"]);

/** A class needs this many designs: a query and a few that should be found. */
export const fewestDesigns = 4;

type Names = Pick<EmojiSet, "name" | "icons" | "aliases" | "chars">;

/** An icon's own name and its aliases. */
function namesOf({ aliases }: Names): (icon: string) => string[] {
  const others = new Map<string, string[]>();
  for (const [alias, parent] of Object.entries(aliases))
    others.set(parent, [...(others.get(parent) ?? []), alias]);
  return (icon) => [icon, ...(others.get(icon) ?? [])];
}

/**
 * Matches icons across sets: by code points where a set has them, else by any of the icon's names
 * among those of the other sets. Drawings with a skin tone are left out: they repeat the one
 * without.
 */
export function matchClasses(sets: readonly Names[]): EmojiClass[] {
  const classes = new Map<string, Map<SetName, string>>();
  const keyByName = new Map<string, string>();
  const put = (key: string, set: SetName, icon: string) => {
    const icons = classes.get(key) ?? new Map<SetName, string>();
    if (!icons.has(set)) icons.set(set, icon);
    classes.set(key, icons);
  };
  for (const set of sets) {
    const names = namesOf(set);
    for (const [code, name] of Object.entries(set.chars)) {
      const points = code.split("-");
      if (points.some((point) => skinTones.has(point))) continue;
      const key = points.filter((point) => point !== variationSelector).join("-");
      const icon = set.aliases[name] ?? name;
      if (!set.icons[icon]) continue;
      put(key, set.name, icon);
      for (const known of names(icon)) if (!keyByName.has(known)) keyByName.set(known, key);
    }
  }
  for (const set of sets) {
    if (Object.keys(set.chars).length > 0) continue;
    const names = namesOf(set);
    for (const icon of Object.keys(set.icons)) {
      const key = names(icon)
        .map((name) => keyByName.get(name))
        .find((found) => found !== undefined);
      if (key) put(key, set.name, icon);
    }
  }
  return [...classes]
    .filter(([, icons]) => icons.size >= fewestDesigns)
    .map(([key, icons]) => ({ key, icons, name: firstIcon(sets, icons) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

const firstIcon = (sets: readonly Names[], icons: ReadonlyMap<SetName, string>): string =>
  icons.get(sets.find((set) => icons.has(set.name))!.name)!;

/**
 * Halves of the classes, the same on every machine and for ever: by the first bit of the key's
 * sha256.
 */
export const splitOf = (key: string): Split =>
  createHash("sha256").update(key).digest()[0]! & 1 ? "test" : "train";

/**
 * A label for people, unique among the classes: the icon's name in words, with the code points
 * where two share it.
 */
export function labels(classes: readonly EmojiClass[]): string[] {
  const words = classes.map(({ name }) => name.replaceAll("-", " "));
  const uses = new Map<string, number>();
  for (const label of words) uses.set(label, (uses.get(label) ?? 0) + 1);
  return words.map((label, i) => (uses.get(label)! > 1 ? `${label} (${classes[i]!.key})` : label));
}
