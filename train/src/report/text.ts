/**
 * Text in a drawing: by the machine's fonts, or by small built-in letters where it has none (as in
 * a slim container).
 */
import sharp from "sharp";
import { letters } from "./letters.ts";

export interface TextPlace {
  /** Left end or middle of the line, as `anchor` says; y is the baseline. Pixels. */
  readonly x: number;
  readonly y: number;
  /** Font size in pixels. */
  readonly size: number;
  readonly anchor?: "start" | "middle";
  readonly bold?: boolean;
}

/** Gives the SVG elements of one line of text in the current color. */
export type TextPainter = (text: string, place: TextPlace) => string;

/**
 * A character is about this much of the font size wide, on average, in the sans-serifs that are
 * tried.
 */
export const characterWidth = 0.6;

/**
 * Text for XML and HTML, between tags or in quotes; control characters, which XML does not allow,
 * become spaces.
 */
export const escapeXml = (text: string): string =>
  text
    .toWellFormed()
    .replace(/\p{Cc}/gu, " ")
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** Text elements: a browser, or a machine with fonts, shows them. */
export const fontText: TextPainter = (text, { x, y, size, anchor = "start", bold }) =>
  `<text x="${x}" y="${y}" font-size="${size}" text-anchor="${anchor}" fill="currentColor"` +
  `${bold ? ' font-weight="600"' : ""}>${escapeXml(text)}</text>`;

/**
 * One path of rectangles; needs no font. Accents are dropped, and characters that it has no letter
 * for become "?".
 */
export const letterText: TextPainter = (text, { x, y, size, anchor = "start" }) => {
  // Letters are 5 x 7 dots in cells of 6: a dot is such that a line is as wide as one in a font.
  const dot = (size * characterWidth) / 6;
  const characters = [...text.normalize("NFD").replace(/\p{M}/gu, "")];
  const left = anchor === "middle" ? x - (characters.length * 6 * dot) / 2 : x;
  const dots = characters.flatMap((character, i) =>
    columns(character).flatMap((column, j) =>
      Array.from({ length: 8 }, (_, row) => row)
        .filter((row) => (column >> row) & 1)
        .map(
          (row) =>
            `M${round(left + (i * 6 + j) * dot)} ${round(y + (row - 7) * dot)}h${round(dot)}v${round(dot)}h${round(-dot)}z`,
        ),
    ),
  );
  return `<path fill="currentColor" d="${dots.join("")}"/>`;
};

const columns = (character: string): number[] =>
  (letters[character] ?? letters["?"]!).match(/../g)!.map((column) => Number.parseInt(column, 16));

const round = (value: number): number => Math.round(value * 100) / 100;

/**
 * The painter that this machine's SVG renderer can show: without fonts, "A" and "B" come out as the
 * same empty box.
 */
export async function localText(): Promise<TextPainter> {
  const [a, b] = await Promise.all(
    ["A", "B"].map((letter) => drawn(fontText(letter, { x: 4, y: 20, size: 20 }))),
  );
  return a!.equals(b!) ? letterText : fontText;
}

const drawn = (elements: string): Promise<Buffer> =>
  sharp(
    Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" width="28" height="28" font-family="sans-serif">${elements}</svg>`,
    ),
  )
    .raw()
    .toBuffer();
