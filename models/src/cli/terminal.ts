/** Shares one terminal between lines on stdout and a progress bar at the bottom, on stderr. */
import { printable } from "./printable.ts";

/** Text at the bottom of the terminal that can be cleared and drawn again. */
export interface StatusLine {
  clear(): void;
  draw(): void;
}

let statusLine: StatusLine | undefined;

/** Puts a status line at the bottom of the terminal; undefined removes it. */
export function setStatusLine(line: StatusLine | undefined): void {
  statusLine = line;
}

/** Writes one line of printable text, above the status line if there is one. */
export function writeLine(text: string, stream: NodeJS.WritableStream = process.stdout): void {
  statusLine?.clear();
  stream.write(`${printable(text)}\n`);
  statusLine?.draw();
}

/** Whether to write colors: on a terminal, unless NO_COLOR is set (no-color.org). */
export const supportsColor = (stream: { isTTY?: boolean }): boolean =>
  stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== "dumb";
