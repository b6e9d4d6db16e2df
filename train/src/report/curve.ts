/** Prepares series of numbers for a chart. */

/** x and y. */
export type Point = readonly [number, number];

/** Moving average over the last `window` points, fewer at the start. */
export function smooth(points: readonly Point[], window: number): Point[] {
  let sum = 0;
  return points.map(([x, y], i) => {
    sum += y - (i >= window ? points[i - window]![1] : 0);
    return [x, sum / Math.min(window, i + 1)];
  });
}

/** At most `count` of the points, evenly spaced, including the first and the last. */
export function thin(points: readonly Point[], count: number): Point[] {
  if (points.length <= count) return [...points];
  return Array.from(
    { length: count },
    (_, i) => points[Math.round((i * (points.length - 1)) / (count - 1))]!,
  );
}

/**
 * About `count` round numbers that cover [low, high], in steps of 1, 2 or 5 times a power of ten
 * (Heckbert 1990, "Nice numbers for graph labels", Graphics Gems).
 */
export function ticks(low: number, high: number, count: number): number[] {
  const span = high > low ? high - low : Math.abs(low) || 1;
  const rough = span / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough * 0.999) ?? 10);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(high / step - 1e-9));
  return Array.from({ length: last - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
}
