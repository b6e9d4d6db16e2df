/** Drawings to image files: SVG on white, 128 x 128, PNG. What is there already is left alone. */
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { progress } from "@plumage/models/cli";
import { writeFileWhole } from "@plumage/models/node";
import sharp from "sharp";

/** Twice the demo network's input, so that augmentation can zoom without blurring. */
export const imageSide = 128;

export interface Drawing {
  readonly path: string;
  readonly svg: () => string;
}

/** Renders one SVG whole and centered on white. */
export function renderSvg(svg: string, side: number): Promise<Buffer> {
  const white = "#ffffff";
  // librsvg draws at 72 dpi units; asking for more makes the vector sharp before it is fitted.
  return sharp(Buffer.from(svg), { density: 300 })
    .resize(side, side, { fit: "contain", background: white })
    .flatten({ background: white })
    .png()
    .toBuffer();
}

/**
 * Renders all that are missing, a few at a time. Interrupted, it can be started again: images in
 * hand are finished first, so that none is left half written.
 */
export async function renderDrawings(
  drawings: readonly Drawing[],
  signal: AbortSignal,
): Promise<void> {
  const missing = drawings.filter(({ path }) => !existsSync(path));
  if (missing.length === 0) return;
  const bar = progress(
    "rendering emoji",
    drawings.length,
    "images",
    drawings.length - missing.length,
  );
  const failure = new AbortController();
  const stop = AbortSignal.any([signal, failure.signal]);
  const queue = missing.values();
  const draw = async () => {
    for (const { path, svg } of queue) {
      if (stop.aborted) return;
      await writeFileWhole(path, await renderSvg(svg(), imageSide));
      bar.advance(1);
    }
  };
  const drawers = Array.from({ length: availableParallelism() * 2 }, () =>
    draw().catch((error) => failure.abort(error)),
  );
  await Promise.all(drawers);
  bar.finish();
  stop.throwIfAborted();
}
