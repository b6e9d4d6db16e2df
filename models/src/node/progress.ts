/** Progress of long work: a bar with rate and time left on a terminal, a plain line now and then elsewhere. */

export interface Progress {
  /** Counts finished units; `note` is shown behind the bar. */
  advance(units: number, note?: string): void;
  /** Prints a line without tearing the bar. */
  print(line: string): void;
  /** Ends the bar and leaves its last state standing. */
  finish(): void;
}

const barWidth = 24;
const redrawMs = 100;
const plainLineMs = 5_000;

/** Seconds as 42s, 3m10s, 2h05m. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole}s`;
  const two = (value: number) => String(value).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)}m${two(whole % 60)}s`;
  return `${Math.floor(whole / 3600)}h${two(Math.floor((whole % 3600) / 60))}m`;
}

/** Three significant digits: 0.41, 38.2, 1240. */
const rateText = (rate: number): string =>
  rate >= 100 ? rate.toFixed(0) : rate >= 10 ? rate.toFixed(1) : rate.toFixed(2);

/**
 * @param title what is being done
 * @param total units of work; @param unit their name, e.g. "images"
 * @param done units that an earlier run has finished; they do not count for the rate
 */
export function progress(title: string, total: number, unit: string, done = 0): Progress {
  const stream = process.stderr;
  const started = performance.now();
  let count = done;
  let last = Number.NEGATIVE_INFINITY;
  let note = "";

  const line = (now: number): string => {
    const seconds = (now - started) / 1000;
    const rate = seconds > 0 ? (count - done) / seconds : 0;
    const left = rate > 0 ? `, ${count < total ? `${duration((total - count) / rate)} left` : duration(seconds)}` : "";
    return `${count}/${total} ${unit}, ${rateText(rate)}/s${left}${note ? `, ${note}` : ""}`;
  };
  const draw = (now: number) => {
    const filled = total > 0 ? Math.min(barWidth, Math.floor((count / total) * barWidth)) : barWidth;
    const bar = "█".repeat(filled) + "░".repeat(barWidth - filled);
    const text = `${title} ${bar} ${line(now)}`;
    stream.write(`\r\u001b[2K${text.slice(0, Math.max(20, (stream.columns ?? 80) - 1))}`);
  };
  const show = (force: boolean) => {
    const now = performance.now();
    if (!force && now - last < (stream.isTTY ? redrawMs : plainLineMs)) return;
    last = now;
    if (stream.isTTY) draw(now);
    else stream.write(`${title}: ${line(now)}\n`);
  };
  return {
    advance(units, newNote) {
      count += units;
      if (newNote !== undefined) note = newNote;
      show(false);
    },
    print(text) {
      stream.write(stream.isTTY ? `\r\u001b[2K${text}\n` : `${text}\n`);
      if (stream.isTTY) show(true);
    },
    finish() {
      show(true);
      if (stream.isTTY) stream.write("\n");
    },
  };
}
