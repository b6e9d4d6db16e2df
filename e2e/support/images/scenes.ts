/** Draws the images of the tests: emoji on painted backgrounds, the same on every machine. */
import { createRequire } from "node:module";
import { uniform } from "@plumage/models";
import sharp, { type Sharp } from "sharp";

/** Icon names of Noto Emoji (Apache-2.0). */
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

// `require` spares the type checker and the test runner five megabytes of JSON.
const noto = createRequire(import.meta.url)("@iconify-json/noto/icons.json") as IconSet;

/** An emoji as SVG, in a square of the given size. */
function drawing(emoji: Emoji, x: number, y: number, size: number): string {
  const icon = noto.icons[emoji];
  if (!icon) throw new Error(`noto has no icon ${emoji}`);
  return `<g transform="translate(${x} ${y}) scale(${size / noto.width})">${icon.body}</g>`;
}

const svg = (width: number, height: number, content: string) =>
  Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${content}</svg>`,
  );

/** An emoji off center on a background of circles and lines: rotating or squashing it shows. */
export function scene(emoji: Emoji, width: number, height: number): Sharp {
  const next = uniform(width * 7919 + height);
  const hue = () => Math.floor(next() * 360);
  const shapes = Array.from({ length: 12 }, () => {
    const [x, y, r] = [
      next() * width,
      next() * height,
      (0.05 + next() * 0.2) * Math.max(width, height),
    ];
    const circle = `<circle cx="${x}" cy="${y}" r="${r}" fill="hsl(${hue()} 60% 70%)"/>`;
    const end = `x2="${next() * width}" y2="${next() * height}"`;
    const stroke = `stroke="hsl(${hue()} 80% 30%)" stroke-width="3"`;
    return `${circle}
      <line x1="${x}" y1="${y}" ${end} ${stroke}/>`;
  });
  const size = Math.min(width, height) * 0.8;
  const background = `<rect width="100%" height="100%" fill="hsl(${hue()} 40% 85%)"/>`;
  const front = drawing(emoji, (width - size) * 0.7, (height - size) * 0.4, size);
  return sharp(svg(width, height, background + shapes.join("") + front)).removeAlpha();
}

/** An emoji on a transparent background. */
export const cutOut = (emoji: Emoji, size: number): Sharp =>
  sharp(svg(size, size, drawing(emoji, 0, 0, size)));

/** An emoji on white, in the middle of a rectangle. */
export const onWhite = (emoji: Emoji, width: number, height: number): Sharp => {
  const size = Math.min(width, height);
  return sharp(
    svg(width, height, drawing(emoji, (width - size) / 2, (height - size) / 2, size)),
  ).flatten({
    background: "white",
  });
};
