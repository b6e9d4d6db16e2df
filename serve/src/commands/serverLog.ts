/** The server's log: JSON lines on stderr, which may be a terminal. */
import { printable } from "@plumage/models/cli";
import { type DestinationStream, type Logger, type LoggerOptions, pino } from "pino";

/**
 * JSON escapes the first 32 control characters alone; the others, and those that reorder text, can
 * rewrite what is on a terminal.
 *
 * @param destination takes whole lines
 */
export const createLog = (
  level: NonNullable<LoggerOptions["level"]>,
  destination: DestinationStream = pino.destination(2),
): Logger => pino({ level }, { write: (line) => destination.write(printable(line)) });
