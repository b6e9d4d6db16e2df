/** Step 4: measures the speed of the variants, and their quality on held-out images. */
import type { Architecture, Calibration, Item } from "@plumage/models";
import { writeOnnx } from "../recorder/index.ts";
import { compareVariants, embedHeldOut, type HeldOutQuality } from "./heldOut.ts";
import { type EmbedderSession, imagesPerSecond, openSession } from "./session.ts";
import type { MadeVariant } from "./variants.ts";

export interface MeasuredVariant extends MadeVariant {
  readonly imagesPerSecond: number;
  /** Undefined if fp32 is the only variant; training's report has its metrics. */
  readonly heldOut: HeldOutQuality | undefined;
  /** What cosines of fp32 mean; all variants share its embedding space. */
  readonly calibration: Calibration | undefined;
}

/**
 * Measures all variants on the CPU, with all cores.
 *
 * @param made fp32 first
 * @param items held-out items, to measure quality on
 */
export async function measureVariants(
  made: readonly MadeVariant[],
  items: readonly Item[],
  architecture: Architecture,
  signal?: AbortSignal,
): Promise<MeasuredVariant[]> {
  const { imageSize } = architecture;
  const sessions: EmbedderSession[] = [];
  for (const { graph } of made) sessions.push(await openSession(writeOnnx(graph), imageSize));
  const speeds = await imagesPerSecond(sessions, imageSize);
  const embedded =
    made.length > 1 ? await embedHeldOut(made, sessions, items, architecture, signal) : undefined;
  for (const session of sessions) await session.close();
  const compared = embedded && (await compareVariants(embedded, items, architecture));
  return made.map((variant, i) => ({
    ...variant,
    imagesPerSecond: speeds[i]!,
    heldOut: compared?.quality[i],
    calibration: compared?.calibration,
  }));
}
