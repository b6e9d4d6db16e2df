/** How close embeddings must be to references, what variants may lose, how long texts may be. */
import type { ManifestFile } from "./manifest.ts";

interface Limit {
  /** The smallest accepted cosine, for fp32. */
  readonly cosine: number;
  readonly why: string;
}

/** Every place that compares embeddings. */
export const cosineLimits = {
  export: {
    cosine: 0.99999,
    why: "the same runtime on the same machine; the file differs from the trained graph only by \
folded batch norms",
  },
  halfWeights: {
    cosine: 0.999,
    why: "weights in half precision are off in the fourth digit",
  },
  serve: {
    cosine: 0.9999,
    why: "onnxruntime on another CPU differs in the sixth digit",
  },
  verify: {
    cosine: 0.9999,
    why: "fp32 on any provider differs in the sixth digit; verify reports what is worse",
  },
  page: {
    cosine: 0.999,
    why: "GPUs round differently, and a visitor would rather have a result than an error",
  },
  samePixels: {
    cosine: 0.9999,
    why: "server and page embed equal pixels, so only their runtimes differ",
  },
  closePixels: {
    cosine: 0.999,
    why: "server and page decode some files with other rounding (color profiles, AVIF)",
  },
} as const satisfies Record<string, Limit>;

/**
 * The smallest cosine with a golden embedding at which a runtime counts as computing the variant.
 * Variants other than fp32 may be twice as far from the golden as the worst held-out image was at
 * export: goldens are few, and providers round differently.
 */
export function cosineLimit(
  place: keyof typeof cosineLimits,
  { variant, cosineMin }: Pick<ManifestFile, "variant" | "cosineMin">,
): number {
  const { cosine } = cosineLimits[place];
  return variant === "fp32" ? cosine : Math.min(cosine, 1 - 2 * (1 - cosineMin));
}

/** Characters of a text that is searched for: encoders read 64 or 77 tokens. */
export const maxTextLength = 1000;

/** Percentage points of P@1 that a variant may lose and still stand in for fp32. */
export const maxPrecisionLoss = 0.5;

/** Whether a variant retrieves as well as fp32. */
export const keepsQuality = ({
  precisionAt1Delta = 0,
}: Pick<ManifestFile, "precisionAt1Delta">): boolean => precisionAt1Delta >= -maxPrecisionLoss;
