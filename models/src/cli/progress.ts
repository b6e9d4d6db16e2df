/**
 * How far a long job is: a bar with rate and time left on a terminal, a plain line every few
 * seconds elsewhere.
 */
import { holdLastLine, wantsColor, writeLine } from "./terminal.ts";

export interface Progress {
  /** `count` more units are done; `words` are a new note. */
  advance(count?: number, words?: string): void;
  /** Words shown after the figures from now on, e.g. the running loss. */
  note(text: string): void;
  /** The job is over: the last state stays on the screen. */
  finish(): void;
}

interface Surroundings {
  readonly stream: NodeJS.WritableStream & { isTTY?: boolean; columns?: number };
  /** Milliseconds. */
  readonly now: () => number;
}

const plainInterval = 5000;
const drawInterval = 100;
/** The rate is that of the last half minute, so that a slow start is soon forgotten. */
const rateWindow = 30_000;
const barWidth = 24;

/**
 * Starts to show the progress of a job on stderr.
 *
 * @param title what is being done, e.g. "train"
 * @param total units in the whole job
 * @param unit the unit's name in the plural, e.g. "iterations"
 * @param before units that were done earlier and do not count for the rate
 */
export function progress(
  title: string,
  total: number,
  unit: string,
  before = 0,
  { stream, now }: Surroundings = { stream: process.stderr, now: () => performance.now() },
): Progress {
  const start = now();
  const samples = [{ time: start, done: before }];
  const onTerminal = stream.isTTY === true;
  let done = before;
  let words = "";
  let shown = onTerminal ? Number.NEGATIVE_INFINITY : start;
  let over = false;

  const state = (): string => {
    const last = samples.at(-1)!;
    const first = samples[0]!;
    const rate = (last.done - first.done) / ((last.time - first.time) / 1000);
    const known = Number.isFinite(rate) && rate > 0;
    return [
      `${done}/${total} ${unit}`,
      known ? `${rateText(rate)} ${unit}/s` : "",
      over
        ? `in ${duration((now() - start) / 1000)}`
        : known
          ? `ETA ${duration((total - done) / rate)}`
          : "",
    ]
      .filter((part) => part !== "")
      .join(", ");
  };
  let drawnLines = 1;
  const wiping = () => (drawnLines > 1 ? "\r\x1b[K\x1b[1A\x1b[K" : "\r\x1b[K");
  const bar = {
    wipe: () => {
      stream.write(wiping());
      drawnLines = 1;
    },
    draw: () => {
      const full = Math.round(barWidth * share(done, total));
      const filled = "#".repeat(full);
      const drawn = wantsColor(stream) ? `\x1b[36m${filled}\x1b[39m` : filled;
      // A line longer than the terminal would wrap and could not be wiped; words that do not fit
      // have a line of their own.
      const columns = (stream.columns ?? 80) - 1;
      const room = Math.max(0, columns - title.length - barWidth - 9);
      const percent = `${Math.floor(100 * share(done, total))}`.padStart(3);
      const figures = state();
      const apart = words !== "" && figures.length + words.length + 2 > room;
      const line = apart ? figures : [figures, words].filter(Boolean).join(", ");
      const head = `${title} [${drawn}${"-".repeat(barWidth - full)}] ${percent}% ${line.slice(0, room)}`;
      stream.write(`${wiping()}${head}${apart ? `\n${words.slice(0, columns)}` : ""}`);
      drawnLines = apart ? 2 : 1;
    },
  };
  const show = (): void => {
    shown = now();
    if (onTerminal) {
      // Another job may have had the last line meanwhile.
      holdLastLine(bar);
      bar.draw();
    } else writeLine(`${title}: ${[state(), words].filter(Boolean).join(", ")}`, stream);
  };
  if (onTerminal) show();
  return {
    advance(count = 1, text = words) {
      words = text;
      done += count;
      const time = now();
      samples.push({ time, done });
      while (samples.length > 2 && time - samples[0]!.time > rateWindow) samples.shift();
      if (time - shown >= (onTerminal ? drawInterval : plainInterval)) show();
    },
    note(text) {
      words = text;
    },
    finish() {
      if (over) return;
      over = true;
      // At the end the average over the whole job is of more interest than the last half minute.
      samples.splice(0, samples.length, { time: start, done: before }, { time: now(), done });
      show();
      if (!onTerminal) return;
      holdLastLine(undefined);
      stream.write("\n");
    },
  };
}

const share = (done: number, total: number): number => (total > 0 ? Math.min(1, done / total) : 1);

const rateText = (rate: number): string => (rate >= 100 ? rate.toFixed(0) : rate.toPrecision(2));

/** Seconds as 42s, 3m10s, 2h05m. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number) => String(value).padStart(2, "0");
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m${two(whole % 60)}s`;
  return `${Math.floor(whole / 3600)}h${two(Math.floor((whole % 3600) / 60))}m`;
}
