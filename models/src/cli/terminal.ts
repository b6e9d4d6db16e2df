/**
 * One terminal, two writers: lines on stdout and a bar on the last line of stderr that gets out of
 * their way.
 */

/** Something that keeps the last line of the terminal: it can be wiped and drawn again. */
export interface LastLine {
  wipe(): void;
  draw(): void;
}

let lastLine: LastLine | undefined;

/** Makes `line` the terminal's last line, or gives that place up. */
export function holdLastLine(line: LastLine | undefined): void {
  lastLine = line;
}

/** Writes one line, above the bar if there is one. */
export function writeLine(text: string, stream: NodeJS.WritableStream = process.stdout): void {
  lastLine?.wipe();
  stream.write(`${text}\n`);
  lastLine?.draw();
}

/** Colors are for terminals whose owner has not refused them (no-color.org). */
export const wantsColor = (stream: { isTTY?: boolean }): boolean =>
  stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== "dumb";
