/** Reads the seven emoji sets from Iconify's npm packages. */
import { createRequire } from "node:module";
import type { Attribution } from "@plumage/models";
import { z } from "zod";

/** Packages in @iconify-json/. A class is named after the first set that has it. */
export const setNames = [
  "noto",
  "twemoji",
  "fluent-emoji-flat",
  "openmoji",
  "noto-v1",
  "emojione",
  "emojione-v1",
] as const;
export type SetName = (typeof setNames)[number];

const iconSchema = z.object({
  body: z.string(),
  left: z.number().default(0),
  top: z.number().default(0),
  width: z.number().optional(),
  height: z.number().optional(),
});
const aliasSchema = z.object({
  parent: z.string(),
  hFlip: z.boolean().default(false),
  vFlip: z.boolean().default(false),
  rotate: z.number().default(0),
});
const iconsSchema = z.object({
  icons: z.record(z.string(), iconSchema),
  aliases: z.record(z.string(), aliasSchema).default({}),
  width: z.number().default(16),
  height: z.number().default(16),
});
const infoSchema = z.object({
  name: z.string(),
  author: z.object({ name: z.string(), url: z.string().optional() }),
  license: z.object({ title: z.string(), url: z.string().optional() }),
});

export interface EmojiSet {
  readonly name: SetName;
  readonly icons: z.infer<typeof iconsSchema>["icons"];
  /** Icon name by alias. */
  readonly aliases: Readonly<Record<string, string>>;
  /** Icon name by code points ("1f44d-1f3fb"); empty for the older sets. */
  readonly chars: Readonly<Record<string, string>>;
  readonly width: number;
  readonly height: number;
  readonly attribution: Attribution;
}

/** Reads a set from its npm package. */
export function readSet(name: SetName): EmojiSet {
  const require = createRequire(import.meta.url);
  const file = (part: string): unknown => require(`@iconify-json/${name}/${part}.json`);
  const { icons, aliases, width, height } = iconsSchema.parse(file("icons"));
  const info = infoSchema.parse(file("info"));
  return {
    name,
    icons,
    aliases: exactAliases(aliases),
    chars: z.record(z.string(), z.string()).parse(file("chars")),
    width,
    height,
    attribution: {
      source: name,
      title: info.name,
      author: info.author.name,
      licence: info.license.title,
      ...(info.license.url ? { licenceUrl: info.license.url } : {}),
      ...(info.author.url ? { url: info.author.url } : {}),
    },
  };
}

/**
 * Aliases of the unchanged drawing; a flipped or rotated one is another emoji ("pointing left").
 */
const exactAliases = (aliases: z.infer<typeof iconsSchema>["aliases"]): Record<string, string> =>
  Object.fromEntries(
    Object.entries(aliases).flatMap(([alias, { parent, hFlip, vFlip, rotate }]) =>
      hFlip || vFlip || rotate ? [] : [[alias, parent]],
    ),
  );

/** The icon as an SVG document. */
export function iconSvg(set: Pick<EmojiSet, "icons" | "width" | "height">, icon: string): string {
  const { body, left, top, width = set.width, height = set.height } = set.icons[icon]!;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ` +
    `viewBox="${left} ${top} ${width} ${height}" width="${width}" height="${height}">${body}</svg>`
  );
}
