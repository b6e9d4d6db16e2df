/** How a command ends with an error: one line on stderr, and an exit code. */
import {
  bugExitCode,
  errorLine,
  exitCodes,
  isPlumageError,
  PlumageError,
  systemErrors,
} from "../errors.ts";
import { printableName } from "./printable.ts";
import { writeLine } from "./terminal.ts";

/**
 * Prints an error and ends the process. PLUMAGE_DEBUG=1 prints the stack as well; an error that is
 * neither a PlumageError nor the system's is a bug, and its line says so.
 */
export function exitWithError(thrown: unknown): never {
  const error = fromSystem(thrown) ?? thrown;
  writeLine(errorText(error), process.stderr);
  return process.exit(isPlumageError(error) ? exitCodes[error.code] : bugExitCode);
}

/** What the system refuses about a file or an address is for a person to mend. */
function fromSystem(error: unknown): PlumageError | undefined {
  const { syscall, code, path, message } = error as NodeJS.ErrnoException;
  if (!(error instanceof Error) || syscall === undefined || code === undefined) return undefined;
  const isNetwork = /^(connect|getaddrinfo|listen|bind|accept)/.test(syscall);
  const kind = systemErrors[code] ?? (isNetwork ? "unavailable" : "bad-file");
  // Node's messages: "EISDIR: illegal operation on a directory, open '/birds'".
  const [reason] = message.replace(`${code}: `, "").split(", ");
  const line = path === undefined ? message : `${path}: ${reason} (${syscall})`;
  return new PlumageError(kind, line, undefined, { cause: error });
}

function errorText(error: unknown): string {
  const isDebugging = process.env.PLUMAGE_DEBUG === "1" && error instanceof Error;
  const stack = isDebugging ? `\n${error.stack}` : "";
  if (isPlumageError(error)) return `${printableName(errorLine(error))}${stack}`;
  const [message] = (error instanceof Error ? error.message : String(error)).split("\n");
  return `unexpected: ${message}${stack || " - PLUMAGE_DEBUG=1 shows where"}`;
}
