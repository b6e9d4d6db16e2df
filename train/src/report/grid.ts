/**
 * The retrieval grid as SVG: each row is a query and its neighbors, with matches framed in green
 * and mismatches in red.
 */
import { wrapLabel } from "./label.ts";
import { characterWidth, type TextPainter } from "./text.ts";

export interface Tile {
  /** An image as a data URI. */
  readonly image: string;
  readonly label: string;
}

export interface Neighbor extends Tile {
  readonly score: number;
  readonly isMatch: boolean;
}

export interface GridRow {
  readonly query: Tile;
  /** Nearest first; score is the cosine similarity, isMatch whether the classes are the same. */
  readonly neighbors: readonly Neighbor[];
}

export interface GridGroup {
  readonly heading: string;
  readonly rows: readonly GridRow[];
}

export interface Grid {
  readonly title: string;
  readonly groups: readonly GridGroup[];
  /** Small print at the bottom: legend and image credits. */
  readonly credits: readonly string[];
}

/** Size of a tile, and the distances around it, in pixels. */
const tile = 84;
const gap = 14;
/** Between the query and its neighbors. */
const aisle = 30;
const margin = 18;
const labelSize = 10;
const labelLines = 2;
const labelHeight = (labelLines + 1) * 12 + 6;
const rowHeight = tile + labelHeight + 8;
const headingHeight = 30;
const smallPrint = 9.5;

const matchColor = "#1a9641";
const mismatchColor = "#d7301f";

/**
 * Draws the grid in the current color on a transparent background.
 *
 * @param text paints the text; see text.ts
 * @param pageColors text and background color of a standalone image
 */
export function drawGrid(
  grid: Grid,
  text: TextPainter,
  pageColors?: { readonly ink: string; readonly paper: string },
): string {
  const columns = Math.max(
    1,
    ...grid.groups.flatMap(({ rows }) => rows.map(({ neighbors }) => neighbors.length)),
  );
  const width = margin * 2 + tile + aisle + columns * (tile + gap) - gap;
  const elements = [text(grid.title, { x: margin, y: 30, size: 16, bold: true })];
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
  const charactersPerLine = Math.floor((width - 2 * margin) / (smallPrint * characterWidth));
  for (const line of grid.credits.flatMap((credit) => wrapLabel(credit, charactersPerLine, 3))) {
    y += 13;
    elements.push(text(line, { x: margin, y, size: smallPrint }));
  }
  const height = y + margin;
  const color = pageColors ? ` color="${pageColors.ink}"` : "";
  const background = pageColors
    ? [`<rect width="${width}" height="${height}" fill="${pageColors.paper}"/>`]
    : [];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}"`,
    ` height="${height}" font-family="system-ui, 'DejaVu Sans', Arial, sans-serif"${color}>`,
    ...background,
    ...elements,
    "</svg>",
  ].join("\n");
}

function drawRow({ query, neighbors }: GridRow, y: number, text: TextPainter): string {
  const queryTile = drawTile(query, margin, y, text);
  const neighborTiles = neighbors.map((neighbor, i) => {
    const x = margin + tile + aisle + i * (tile + gap);
    return drawTile(neighbor, x, y, text, neighbor.score) + drawFrame(x, y, neighbor.isMatch);
  });
  return queryTile + neighborTiles.join("");
}

function drawFrame(x: number, y: number, isMatch: boolean): string {
  // The dashes make mismatches visible to color-blind readers.
  const stroke = isMatch ? `"${matchColor}"` : `"${mismatchColor}" stroke-dasharray="9 3"`;
  return (
    `<rect x="${x - 2}" y="${y - 2}" width="${tile + 4}" height="${tile + 4}" fill="none"` +
    ` stroke-width="3.5" stroke=${stroke}/>`
  );
}

function drawTile(
  { image, label }: Tile,
  x: number,
  y: number,
  text: TextPainter,
  score?: number,
): string {
  const charactersPerLine = Math.floor((tile + gap - 2) / (labelSize * characterWidth));
  const lines = wrapLabel(label, charactersPerLine, labelLines);
  const lineAt = (line: number) => ({
    x: x + tile / 2,
    y: y + tile + 15 + line * 12,
    size: labelSize,
    anchor: "middle" as const,
  });
  const area = `x="${x}" y="${y}" width="${tile}" height="${tile}"`;
  return [
    `<rect ${area} fill="#ffffff"/>`,
    `<image ${area} href="${image}"/>`,
    ...lines.map((line, i) => text(line, lineAt(i))),
    score === undefined
      ? ""
      : `<g opacity="0.65">${text(score.toFixed(2), lineAt(lines.length))}</g>`,
  ].join("");
}
