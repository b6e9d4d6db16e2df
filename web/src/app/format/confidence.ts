/** Confidences as people read them. */

/** A probability as "62%", "<1%" or ">99%": no search is certain. */
export function formatConfidence(probability: number): string {
  const percent = Math.round(probability * 100);
  if (percent < 1) return "<1%";
  return percent > 99 ? ">99%" : `${percent}%`;
}

/** A small probability as "1 in 8". */
export const formatOdds = (probability: number): string =>
  `1 in ${Math.max(1, Math.round(1 / probability)).toLocaleString("en-US")}`;
