/** How a command ends with an error: one line on stderr, and an exit code. */
import { bugExitCode, errorLine, exitCodes, isPlumageError } from "../errors.ts";
import { printableName } from "./printable.ts";
import { writeLine } from "./terminal.ts";

/**
 * Prints an error and ends the process. PLUMAGE_DEBUG=1 prints the stack as well; an error that is
 * not a PlumageError is a bug, and its line says so.
 */
export function exitWithError(error: unknown): never {
  writeLine(errorText(error), process.stderr);
  return process.exit(isPlumageError(error) ? exitCodes[error.code] : bugExitCode);
}

function errorText(error: unknown): string {
  const isDebugging = process.env.PLUMAGE_DEBUG === "1" && error instanceof Error;
  const stack = isDebugging ? `\n${error.stack}` : "";
  if (isPlumageError(error)) return `${printableName(errorLine(error))}${stack}`;
  const [message] = (error instanceof Error ? error.message : String(error)).split("\n");
  return `unexpected: ${message}${stack || " - PLUMAGE_DEBUG=1 shows where"}`;
}
