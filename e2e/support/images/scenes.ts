/**
 * The images that queries are made of, drawn: emoji on painted grounds. Equal on every machine: no
 * fonts, no chance.
 */
import { createRequire } from "node:module";
import sharp, { type Sharp } from "sharp";

/** Names of icons in the noto set (Apache-2.0). */
export type Emoji =
  | "red-apple"
  | "octopus"
  | "fire-engine"
  | "cactus"
  | "violin"
  | "owl"
  | "rainbow"
  | "teapot";

interface IconSet {
  readonly width: number;
  readonly icons: Readonly<Record<string, { readonly body: string }>>;
}

// Read by require: an import would have the type checker and the test runner work through five
// megabytes of JSON.
const noto = createRequire(import.meta.url)("@iconify-json/noto/icons.json") as IconSet;

/** An emoji as a piece of SVG in a square of the given size. */
function drawing(emoji: Emoji, x: number, y: number, size: number): string {
  const icon = noto.icons[emoji];
  if (!icon) throw new Error(`noto has no icon ${emoji}`);
  return `<g transform="translate(${x} ${y}) scale(${size / noto.width})">${icon.body}</g>`;
}

const svg = (width: number, height: number, content: string) =>
  Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${content}</svg>`,
  );

/** A number in [0, 1) for each step of a hash of the seed (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * An emoji off center before a painted ground of blots and lines, so that turning or squashing it
 * shows.
 */
export function scene(emoji: Emoji, width: number, height: number): Sharp {
  const next = numbers(width * 7919 + height);
  const hue = () => Math.floor(next() * 360);
  const shapes = Array.from({ length: 12 }, () => {
    const [x, y, r] = [
      next() * width,
      next() * height,
      (0.05 + next() * 0.2) * Math.max(width, height),
    ];
    return `<circle cx="${x}" cy="${y}" r="${r}" fill="hsl(${hue()} 60% 70%)"/>
      <line x1="${x}" y1="${y}" x2="${next() * width}" y2="${next() * height}" stroke="hsl(${hue()} 80% 30%)" stroke-width="3"/>`;
  });
  const size = Math.min(width, height) * 0.8;
  const ground = `<rect width="100%" height="100%" fill="hsl(${hue()} 40% 85%)"/>`;
  const front = drawing(emoji, (width - size) * 0.7, (height - size) * 0.4, size);
  return sharp(svg(width, height, ground + shapes.join("") + front)).removeAlpha();
}

/** An emoji alone; transparent around it. */
export const cutOut = (emoji: Emoji, size: number): Sharp =>
  sharp(svg(size, size, drawing(emoji, 0, 0, size)));

/** An emoji alone, on white, in a frame that need not be square. */
export const onWhite = (emoji: Emoji, width: number, height: number): Sharp => {
  const size = Math.min(width, height);
  return sharp(
    svg(width, height, drawing(emoji, (width - size) / 2, (height - size) / 2, size)),
  ).flatten({
    background: "white",
  });
};
