/**
 * The project's error class: a problem that a person can act on. Commands print it as one line and
 * exit with its code, the server answers with a problem document, and rpc carries it between
 * threads.
 */

/** Every kind of error, with the exit code of a command (from sysexits.h where one fits). */
export const exitCodes = {
  /** An option, a request or a setting is invalid. */
  "bad-input": 64,
  /** Bytes cannot be read as an image. */
  "bad-image": 65,
  /** Two artifacts do not belong together, e.g. a model and an index. */
  mismatch: 65,
  /** A file is missing, damaged or of another kind. */
  "bad-file": 66,
  /** A kernel, device or feature is not available here. */
  unsupported: 69,
  /** A network, device or queue cannot serve right now. */
  unavailable: 75,
  /** A disk or a quota is full. */
  full: 74,
  /** The system refuses access: no permission, or a read-only file system. */
  denied: 77,
  /** The loss or a weight became NaN or infinite. */
  diverged: 1,
} as const satisfies Record<string, number>;

/** What kind of error it is; decides the exit code. */
export type ErrorCode = keyof typeof exitCodes;

/** Kinds of the system's errors, by Node's names of their numbers. */
export const systemErrors: Readonly<Record<string, ErrorCode>> = {
  ENOSPC: "full",
  EDQUOT: "full",
  EACCES: "denied",
  EPERM: "denied",
  EROFS: "denied",
};

/** The exit code of a bug: any error that is not a PlumageError. */
export const bugExitCode = 70;

/** What the shell reports for a process that a signal ended. */
export const signalExitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * An error whose message says what is wrong and whose hint says what to do.
 *
 * @example
 * throw new PlumageError("bad-file", "model.json is missing", "run: npm run export");
 */
export class PlumageError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, hint?: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "PlumageError";
    this.code = code;
    this.hint = hint;
  }

  /** The error as one line: the message, and the hint after a dash. */
  get line(): string {
    return errorLine(this);
  }
}

/** See PlumageError.line. */
export const errorLine = ({ message, hint }: Pick<PlumageError, "message" | "hint">): string =>
  hint ? `${message} - ${hint}` : message;

/**
 * Whether an error is a PlumageError, even one that lost its class on the way out of a worker
 * thread. Such an error has no `line`.
 */
export const isPlumageError = (
  error: unknown,
): error is Pick<PlumageError, "name" | "message" | "stack" | "code" | "hint"> =>
  error instanceof PlumageError ||
  (error instanceof Error &&
    error.name === "PlumageError" &&
    Object.hasOwn(exitCodes, (error as PlumageError).code));
