/**
 * The progress of a long job: on a terminal a bar with rate and time left, elsewhere a plain line
 * every few seconds.
 */
import { printableName } from "./printable.ts";
import { duration, Rate, rateText } from "./rate.ts";
import { setStatusLine, supportsColor, writeLine } from "./terminal.ts";

/** A running progress display. */
export interface Progress {
  /**
   * Counts units as done.
   *
   * @param count default 1
   * @param note replaces the note, e.g. the running loss
   */
  advance(count?: number, note?: string): void;
  /** Sets the text after the figures; it appears with the next update. */
  note(text: string): void;
  /** Ends the job and leaves its last state on the screen. */
  finish(): void;
}

/** Where progress is shown, and its clock. */
interface ProgressOutput {
  readonly stream: NodeJS.WritableStream & { isTTY?: boolean; columns?: number };
  /** Milliseconds. */
  readonly now: () => number;
}

/** Milliseconds between updates, without and with a terminal. */
const plainInterval = 5000;
const barInterval = 100;
const barWidth = 24;

/**
 * Starts to show the progress of a job on stderr.
 *
 * @param title the job, e.g. "train"
 * @param total units in the whole job
 * @param unit the unit in the plural, e.g. "iterations"
 * @param before units done by an earlier run; they do not count for the rate
 */
export function progress(
  title: string,
  total: number,
  unit: string,
  before = 0,
  output: ProgressOutput = { stream: process.stderr, now: () => performance.now() },
): Progress {
  const { stream, now } = output;
  const isTerminal = stream.isTTY === true;
  const shownTitle = printableName(title);
  const rate = new Rate(now(), before);
  let done = before;
  let note = "";
  let isFinished = false;
  let updated = isTerminal ? Number.NEGATIVE_INFINITY : now();

  const figures = (): string => {
    const perSecond = rate.perSecond;
    const parts = [`${done}/${total} ${unit}`];
    if (perSecond) parts.push(`${rateText(perSecond)} ${unit}/s`);
    if (isFinished) parts.push(`in ${duration(rate.seconds(now()))}`);
    else if (perSecond) parts.push(`ETA ${duration((total - done) / perSecond)}`);
    return parts.join(", ");
  };
  const bar = new Bar(stream, shownTitle, () => ({
    share: total > 0 ? Math.min(1, done / total) : 1,
    figures: figures(),
    note,
  }));
  const update = (): void => {
    updated = now();
    if (isTerminal) {
      // Again each time: another job may have taken the place meanwhile.
      setStatusLine(bar);
      bar.draw();
    } else writeLine(`${shownTitle}: ${joinParts(figures(), note)}`, stream);
  };
  if (isTerminal) update();
  return {
    advance(count = 1, text = note) {
      note = printableName(text);
      done += count;
      rate.add(now(), done);
      if (now() - updated >= (isTerminal ? barInterval : plainInterval)) update();
    },
    note(text) {
      note = printableName(text);
    },
    finish() {
      if (isFinished) return;
      isFinished = true;
      rate.finish(now(), done);
      update();
      if (!isTerminal) return;
      setStatusLine(undefined);
      stream.write("\n");
    },
  };
}

const joinParts = (figures: string, note: string): string =>
  [figures, note].filter((part) => part !== "").join(", ");

interface BarState {
  /** From 0 to 1. */
  readonly share: number;
  readonly figures: string;
  readonly note: string;
}

/** A bar on the last line of a terminal, with the note on a line of its own if it is long. */
class Bar {
  readonly #stream: ProgressOutput["stream"];
  readonly #title: string;
  readonly #state: () => BarState;
  #lines = 1;

  constructor(stream: ProgressOutput["stream"], title: string, state: () => BarState) {
    this.#stream = stream;
    this.#title = title;
    this.#state = state;
  }

  clear(): void {
    this.#stream.write(this.#clearing());
    this.#lines = 1;
  }

  draw(): void {
    const { share, figures, note } = this.#state();
    // A line as wide as the terminal would wrap, and could not be cleared.
    const columns = (this.#stream.columns ?? 80) - 1;
    const room = Math.max(0, columns - this.#title.length - barWidth - 9);
    const line = joinParts(figures, note);
    const hasOwnLine = note !== "" && line.length > room;
    const percent = `${Math.floor(100 * share)}`.padStart(3);
    const text = (hasOwnLine ? figures : line).slice(0, room);
    const head = `${this.#title} [${this.#blocks(share)}] ${percent}% ${text}`;
    const below = hasOwnLine ? `\n${note.slice(0, columns)}` : "";
    this.#stream.write(`${this.#clearing()}${head}${below}`);
    this.#lines = hasOwnLine ? 2 : 1;
  }

  /** ANSI codes that erase the lines of the last drawing. */
  #clearing(): string {
    return this.#lines > 1 ? "\r\x1b[K\x1b[1A\x1b[K" : "\r\x1b[K";
  }

  #blocks(share: number): string {
    const width = Math.round(barWidth * share);
    const filled = "#".repeat(width);
    const colored = supportsColor(this.#stream) ? `\x1b[36m${filled}\x1b[39m` : filled;
    return `${colored}${"-".repeat(barWidth - width)}`;
  }
}
