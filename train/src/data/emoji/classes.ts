/** Matches drawings of the same emoji across the designers' sets. */
import { createHash } from "node:crypto";
import type { Split } from "@plumage/models";
import type { EmojiSet, SetName } from "./sets.ts";

export interface EmojiClass {
  /** Code points without variation selectors and skin tones, e.g. "1f44d". */
  readonly key: string;
  /** Name of the icon in the first set that has it. */
  readonly name: string;
  /** One icon per set that draws it. */
  readonly icons: ReadonlyMap<SetName, string>;
}

const variationSelector = "fe0f";
const skinTones = new Set(["1f3fb", "1f3fc", "1f3fd", "1f3fe", "1f3ff"]);

/** Classes with fewer designs are dropped: a query needs a few matches to find. */
export const minDesigns = 4;

type Names = Pick<EmojiSet, "name" | "icons" | "aliases" | "chars">;

/** Returns a function from an icon to its name and aliases. */
function namesOf({ aliases }: Names): (icon: string) => string[] {
  const aliasesOf = new Map<string, string[]>();
  for (const [alias, parent] of Object.entries(aliases))
    aliasesOf.set(parent, [...(aliasesOf.get(parent) ?? []), alias]);
  return (icon) => [icon, ...(aliasesOf.get(icon) ?? [])];
}

/**
 * Matches icons by code points where a set has them, otherwise by any of their names. Skips
 * drawings with a skin tone, which repeat the one without.
 */
export function matchClasses(sets: readonly Names[]): EmojiClass[] {
  const classes = new Map<string, Map<SetName, string>>();
  const keyByName = new Map<string, string>();
  const add = (key: string, set: SetName, icon: string) => {
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
      add(key, set.name, icon);
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
      if (key) add(key, set.name, icon);
    }
  }
  return [...classes]
    .filter(([, icons]) => icons.size >= minDesigns)
    .map(([key, icons]) => ({ key, icons, name: firstIcon(sets, icons) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

const firstIcon = (sets: readonly Names[], icons: ReadonlyMap<SetName, string>): string =>
  icons.get(sets.find((set) => icons.has(set.name))!.name)!;

/**
 * Splits the classes in half by one bit of the key's SHA-256: stable across machines and releases.
 */
export const splitOf = (key: string): Split =>
  createHash("sha256").update(key).digest()[0]! & 1 ? "test" : "train";

/** A unique, readable label per class: the icon's name, plus the code points if two share it. */
export function classLabels(classes: readonly EmojiClass[]): string[] {
  const names = classes.map(({ name }) => name.replaceAll("-", " "));
  const uses = new Map<string, number>();
  for (const name of names) uses.set(name, (uses.get(name) ?? 0) + 1);
  return names.map((name, i) => (uses.get(name)! > 1 ? `${name} (${classes[i]!.key})` : name));
}
