/** Step 4: measures the speed of the variants, and their quality on held-out images. */
import { type Architecture, type Item, resizeSteps } from "@plumage/models";
import { writeOnnx } from "../recorder/index.ts";
import {
  type Comparison,
  compareVariants,
  type EmbedderShape,
  embedHeldOut,
  type Measured,
} from "./heldOut.ts";
import type { VariantMeasures } from "./manifestRow.ts";
import { type EmbedderSession, imagesPerSecond, openSession } from "./session.ts";
import type { MadeVariant } from "./variants.ts";
import type { WrittenVariant } from "./write.ts";

/**
 * Measures all variants on the CPU, with all cores. Where fp32 is the only one, training's report
 * has its quality.
 *
 * @param made fp32 first
 * @param items held-out items, to measure quality on
 */
export async function measureVariants(
  made: readonly MadeVariant[],
  items: readonly Item[],
  architecture: Architecture,
  signal?: AbortSignal,
): Promise<WrittenVariant[]> {
  const files = made.map(({ variant, graph }) => ({ variant, bytes: writeOnnx(graph) }));
  const shape = { ...architecture, steps: resizeSteps(architecture) };
  const measured = await measureFiles(files, made.length > 1 ? items : [], shape, signal);
  return made.map(({ file, graph }, i) => ({
    ...measured.variants[i]!,
    file,
    calibration: measured.comparison?.calibration,
    encode: (description) => writeOnnx({ ...graph, ...description }),
  }));
}

export interface Measures {
  readonly variants: readonly VariantMeasures[];
  /** Undefined without held-out items. */
  readonly comparison: Comparison | undefined;
}

/**
 * Measures the files of an embedder.
 *
 * @param files fp32 first
 * @param items held-out items; may be empty
 */
export async function measureFiles(
  files: readonly (Measured & { readonly bytes: Uint8Array })[],
  items: readonly Item[],
  shape: EmbedderShape,
  signal?: AbortSignal,
): Promise<Measures> {
  const { imageSize } = shape;
  const sessions: EmbedderSession[] = [];
  try {
    for (const { bytes } of files) sessions.push(await openSession(bytes, imageSize));
    const speeds = await imagesPerSecond(sessions, imageSize);
    const comparison =
      items.length > 0
        ? await compareVariants(
            await embedHeldOut(files, sessions, items, shape, signal),
            items,
            shape,
          )
        : undefined;
    const variants = files.map(({ variant }, i) => ({
      variant,
      imagesPerSecond: speeds[i]!,
      heldOut: comparison?.quality[i],
    }));
    return { variants, comparison };
  } finally {
    for (const session of sessions) await session.close();
  }
}
