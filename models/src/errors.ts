/**
 * The one error class of the project: something a person can act on, printed as one line by the
 * command or as a problem by the server.
 */

export type ErrorCode =
  | "bad-input" // a command line, a request or a configuration that cannot be used
  | "bad-file" // a file that is missing, damaged or of another kind
  | "bad-image" // bytes that cannot be read as an image
  | "mismatch" // two artifacts that do not belong together (model and index, weights and network)
  | "unsupported" // a kernel, device or feature that is not there
  | "unavailable" // a network, a device or a queue that cannot serve now
  | "diverged"; // a training run whose numbers are none any more

/** Exit code of a command for each kind of error (sysexits.h where one fits). */
export const exitCodes: Record<ErrorCode, number> = {
  "bad-input": 64,
  "bad-file": 66,
  "bad-image": 65,
  mismatch: 65,
  unsupported: 69,
  unavailable: 75,
  diverged: 1,
};

/**
 * An error with a message that says what is wrong and a hint that says what to do.
 *
 * @example throw new PlumageError("bad-file", "model.json is missing in models/store/emoji", "run:
 * npm run export");
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

  /** One line for a terminal: message, and the hint after a dash. */
  get line(): string {
    return this.hint ? `${this.message} - ${this.hint}` : this.message;
  }
}
