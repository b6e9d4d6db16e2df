/** Renders SVG drawings to PNG files, 128 x 128 on white; existing files are kept. */
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { progress } from "@plumage/models/cli";
import { writeFileWhole } from "@plumage/models/node";
import sharp from "sharp";

/** Twice the demo network's input, so that augmentation can zoom without blurring. */
export const renderedSize = 128;

export interface Drawing {
  readonly path: string;
  readonly svg: () => string;
}

/** Renders an SVG, centered on a white square. */
export function renderSvg(svg: string, size: number): Promise<Buffer> {
  const white = "#ffffff";
  // At librsvg's default of 72 dpi, small artwork would be enlarged from few pixels.
  return sharp(Buffer.from(svg), { density: 300 })
    .resize(size, size, { fit: "contain", background: white })
    .flatten({ background: white })
    .png()
    .toBuffer();
}

/**
 * Renders all missing drawings concurrently. When aborted, it finishes those in flight, so that no
 * file is incomplete, and can be run again.
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
  const renderNext = async () => {
    for (const { path, svg } of queue) {
      if (stop.aborted) return;
      await writeFileWhole(path, await renderSvg(svg(), renderedSize));
      bar.advance(1);
    }
  };
  const tasks = Array.from({ length: availableParallelism() * 2 }, () =>
    renderNext().catch((error) => failure.abort(error)),
  );
  await Promise.all(tasks);
  bar.finish();
  stop.throwIfAborted();
}
