/** How fast a job advances, and how long it will take. */

/** The rate covers the last half minute, so that a slow start is soon forgotten. */
const window = 30_000;

export class Rate {
  readonly #start: number;
  readonly #before: number;
  /** Never empty. */
  #samples: { readonly time: number; readonly done: number }[];

  /**
   * @param time now, in milliseconds
   * @param before units that were done earlier
   */
  constructor(time: number, before: number) {
    this.#start = time;
    this.#before = before;
    this.#samples = [{ time, done: before }];
  }

  add(time: number, done: number): void {
    this.#samples.push({ time, done });
    while (this.#samples.length > 2 && time - this.#samples[0]!.time > window)
      this.#samples.shift();
  }

  /** Replaces the last half minute by the whole job. */
  finish(time: number, done: number): void {
    this.#samples = [
      { time: this.#start, done: this.#before },
      { time, done },
    ];
  }

  /** Units per second; undefined until it is known. */
  get perSecond(): number | undefined {
    const [first, last] = [this.#samples[0]!, this.#samples.at(-1)!];
    const rate = (last.done - first.done) / ((last.time - first.time) / 1000);
    return Number.isFinite(rate) && rate > 0 ? rate : undefined;
  }

  /** Seconds since the start. */
  seconds(time: number): number {
    return (time - this.#start) / 1000;
  }
}

/** A rate with two or more significant digits. */
export const rateText = (rate: number): string =>
  rate >= 100 ? rate.toFixed(0) : rate.toPrecision(2);

/** Seconds as 42s, 3m10s or 2h05m. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const twoDigits = (value: number) => String(value).padStart(2, "0");
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m${twoDigits(whole % 60)}s`;
  return `${Math.floor(whole / 3600)}h${twoDigits(Math.floor((whole % 3600) / 60))}m`;
}
