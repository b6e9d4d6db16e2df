/** Series of numbers made fit for a chart. */

/** x and y. */
export type Point = readonly [number, number];

/**
 * Moving average over the last `window` points (fewer at the start), so that a noisy loss shows its
 * course.
 */
export function smooth(points: readonly Point[], window: number): Point[] {
  let sum = 0;
  return points.map(([x, y], i) => {
    sum += y - (i >= window ? points[i - window]![1] : 0);
    return [x, sum / Math.min(window, i + 1)];
  });
}

/** At most `most` of the points, evenly spaced, the first and the last among them. */
export function thin(points: readonly Point[], most: number): Point[] {
  if (points.length <= most) return [...points];
  return Array.from(
    { length: most },
    (_, i) => points[Math.round((i * (points.length - 1)) / (most - 1))]!,
  );
}

/**
 * Round numbers that cover [low, high]: steps of 1, 2 or 5 times a power of ten, about `wanted` of
 * them (after Heckbert 1990, "Nice numbers for graph labels", Graphics Gems).
 */
export function ticks(low: number, high: number, wanted: number): number[] {
  const span = high > low ? high - low : Math.abs(low) || 1;
  const rough = span / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough * 0.999) ?? 10);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(high / step - 1e-9));
  return Array.from({ length: last - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
}
