/** Text in SVG: as text elements for browsers, or as outlines of a bundled font for rendering. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Font, parse } from "opentype.js";

export interface TextPlace {
  /** Left end or middle of the line, depending on `anchor`; y is the baseline. In pixels. */
  readonly x: number;
  readonly y: number;
  /** Font size in pixels. */
  readonly size: number;
  readonly anchor?: "start" | "middle";
  readonly bold?: boolean;
}

/** Returns the SVG elements of one line of text in the current color. */
export type TextPainter = (text: string, place: TextPlace) => string;

/** Average width of a sans-serif character, as a share of the font size. */
export const characterWidth = 0.6;

/**
 * Escapes text for XML and HTML elements and attributes. Control characters, which XML does not
 * allow, become spaces.
 */
export const escapeXml = (text: string): string =>
  text
    .toWellFormed()
    .replace(/\p{Cc}/gu, " ")
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** Text elements; the browser picks a font. */
export const elementText: TextPainter = (text, { x, y, size, anchor = "start", bold }) =>
  `<text x="${x}" y="${y}" font-size="${size}" text-anchor="${anchor}" fill="currentColor"` +
  `${bold ? ' font-weight="600"' : ""}>${escapeXml(text)}</text>`;

/**
 * The glyph outlines of DejaVu Sans as one path. Renders the same on every machine, with or without
 * installed fonts.
 */
export const outlineText: TextPainter = (text, { x, y, size, anchor = "start", bold }) => {
  const font = dejaVuSans(bold ? "DejaVuSans-Bold" : "DejaVuSans");
  const glyphs = [...text.normalize("NFC")].map((character) => font.charToGlyph(character));
  const advances = glyphs.map(({ advanceWidth = 0 }) => (advanceWidth * size) / font.unitsPerEm);
  const width = advances.reduce((sum, advance) => sum + advance, 0);
  let left = anchor === "middle" ? x - width / 2 : x;
  const outlines = glyphs.map((glyph, i) => {
    const outline = glyph.getPath(left, y, size).toPathData(2);
    left += advances[i]!;
    return outline;
  });
  return `<path fill="currentColor" d="${outlines.join("")}"/>`;
};

const { resolve } = createRequire(import.meta.url);
const fonts = new Map<string, Font>();

function dejaVuSans(name: "DejaVuSans" | "DejaVuSans-Bold"): Font {
  const loaded = fonts.get(name);
  if (loaded) return loaded;
  const { buffer } = new Uint8Array(readFileSync(resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`)));
  const font = parse(buffer);
  fonts.set(name, font);
  return font;
}
