/**
 * The retrieval grid as an SVG drawing: each row a query and its nearest, right in green, wrong in
 * red.
 */
import { wrapLabel } from "./label.ts";
import { characterWidth, type TextPainter } from "./text.ts";

export interface Tile {
  /** An image as a data URI. */
  readonly image: string;
  readonly label: string;
}

export interface GridRow {
  readonly query: Tile;
  /** Nearest first; score is the cosine similarity, right that it is of the query's class. */
  readonly found: readonly (Tile & { readonly score: number; readonly right: boolean })[];
}

export interface GridGroup {
  readonly heading: string;
  readonly rows: readonly GridRow[];
}

export interface Grid {
  readonly title: string;
  readonly groups: readonly GridGroup[];
  /** Small print at the foot: who made the images. */
  readonly credits: readonly string[];
}

/** A tile's side on the page, in pixels, and the distances around it. */
const tile = 84;
const gap = 14;
/** Between the query and what was found. */
const aisle = 30;
const margin = 18;
const labelSize = 10;
const labelLines = 2;
const labelHeight = (labelLines + 1) * 12 + 6;
const rowHeight = tile + labelHeight + 8;
const headingHeight = 30;
const smallPrint = 9.5;

const right = "#1a9641";
const wrong = "#d7301f";

/**
 * Draws the grid in the current color on nothing, for a page to place.
 *
 * @param text how text is put down; see text.ts
 * @param pageColors ink and paper for an image that stands alone
 */
export function drawGrid(
  grid: Grid,
  text: TextPainter,
  pageColors?: { ink: string; paper: string },
): string {
  const columns = Math.max(
    1,
    ...grid.groups.flatMap(({ rows }) => rows.map(({ found }) => found.length)),
  );
  const width = margin * 2 + tile + aisle + columns * (tile + gap) - gap;
  const printWidth = Math.floor((width - 2 * margin) / (smallPrint * characterWidth));
  const elements: string[] = [text(grid.title, { x: margin, y: 30, size: 16, bold: true })];
  let y = 44;
  for (const { heading, rows } of grid.groups) {
    if (rows.length === 0) continue;
    elements.push(text(heading, { x: margin, y: y + 18, size: 12, bold: true }));
    y += headingHeight;
    for (const row of rows) {
      elements.push(drawRow(row, y, text));
      y += rowHeight;
    }
  }
  for (const line of grid.credits.flatMap((credit) => wrapLabel(credit, printWidth, 3))) {
    y += 13;
    elements.push(text(line, { x: margin, y, size: smallPrint }));
  }
  const height = y + margin;
  const page = pageColors
    ? [
        `color="${pageColors.ink}">`,
        `<rect width="${width}" height="${height}" fill="${pageColors.paper}"/>`,
      ]
    : [">"];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`,
    ` font-family="system-ui, 'DejaVu Sans', 'Liberation Sans', Arial, sans-serif" ${page.join("")}`,
    ...elements,
    "</svg>",
  ].join("\n");
}

function drawRow({ query, found }: GridRow, y: number, text: TextPainter): string {
  const asked = drawTile(query, margin, y, text);
  const results = found.map((tileFound, i) => {
    const x = margin + tile + aisle + i * (tile + gap);
    const color = tileFound.right ? right : wrong;
    // Dashes beside the color, for those who cannot tell red from green.
    const dashes = tileFound.right ? "" : ' stroke-dasharray="9 3"';
    const frame = `<rect x="${x - 2}" y="${y - 2}" width="${tile + 4}" height="${tile + 4}" fill="none" stroke="${color}" stroke-width="3.5"${dashes}/>`;
    return drawTile(tileFound, x, y, text, tileFound.score.toFixed(2)) + frame;
  });
  return asked + results.join("");
}

function drawTile(
  { image, label }: Tile,
  x: number,
  y: number,
  text: TextPainter,
  score?: string,
): string {
  const characters = Math.floor((tile + gap - 2) / (labelSize * characterWidth));
  const lines = wrapLabel(label, characters, labelLines);
  const place = (line: number) => ({
    x: x + tile / 2,
    y: y + tile + 15 + line * 12,
    size: labelSize,
    anchor: "middle" as const,
  });
  return [
    `<rect x="${x}" y="${y}" width="${tile}" height="${tile}" fill="#ffffff"/>`,
    `<image x="${x}" y="${y}" width="${tile}" height="${tile}" href="${image}"/>`,
    ...lines.map((line, i) => text(line, place(i))),
    score ? `<g opacity="0.65">${text(score, place(lines.length))}</g>` : "",
  ].join("");
}
