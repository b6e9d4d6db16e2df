/** Numbers as people read them. */

/** 4935 as "4,935". */
export const formatCount = (value: number): string => value.toLocaleString("en-US");

/** "1 image", "1,200 images". */
export const plural = (value: number, noun: string): string =>
  `${formatCount(value)} ${noun}${value === 1 ? "" : "s"}`;

/** Milliseconds as "2.1 ms", "123 ms" or "12.3 s". */
export function formatDuration(milliseconds: number): string {
  if (milliseconds >= 999.5) return `${(milliseconds / 1000).toFixed(1)} s`;
  return `${milliseconds < 9.95 ? milliseconds.toFixed(1) : milliseconds.toFixed(0)} ms`;
}

/** An estimate in seconds as "40 s" or "3 min". */
export const formatEstimate = (seconds: number): string =>
  seconds < 90 ? `${Math.max(1, Math.round(seconds))} s` : `${Math.round(seconds / 60)} min`;

/** Bytes as "139.2 MB", in decimal megabytes like browsers' download lists. */
export const formatMegabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** A cosine as "0.912". */
export const formatScore = (cosine: number): string => cosine.toFixed(3);
