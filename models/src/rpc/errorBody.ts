/** Errors as plain data: a structured clone drops an error's class and its own fields. */
import { type ErrorCode, PlumageError } from "../errors.ts";

export interface ErrorBody {
  readonly type: "PlumageError" | "DOMException" | "Error";
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly code: ErrorCode | undefined;
  readonly hint: string | undefined;
  readonly cause: ErrorBody | undefined;
}

/** Built-in classes that keep their identity; any other error becomes an Error with its name. */
const builtIn = {
  TypeError,
  RangeError,
  SyntaxError,
  ReferenceError,
  URIError,
  EvalError,
} as const;

const maxCauses = 4;

/** Encodes whatever was thrown; a value that is no error becomes an error's message. */
export function encodeError(thrown: unknown, depth = 0): ErrorBody {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const { name, message, stack, cause } = error;
  const isPlumage = error instanceof PlumageError;
  return {
    type: isPlumage ? "PlumageError" : error instanceof DOMException ? "DOMException" : "Error",
    name,
    message,
    stack,
    code: isPlumage ? error.code : undefined,
    hint: isPlumage ? error.hint : undefined,
    cause: cause === undefined || depth === maxCauses ? undefined : encodeError(cause, depth + 1),
  };
}

/** Restores an error with its class, code, hint, cause, and the stack of the side that threw it. */
export function decodeError(body: ErrorBody): Error {
  const options = body.cause ? { cause: decodeError(body.cause) } : {};
  const error = construct(body, options);
  if (error.name !== body.name) error.name = body.name;
  if (body.stack) Object.defineProperty(error, "stack", { value: body.stack, configurable: true });
  return error;
}

function construct({ type, name, message, code, hint }: ErrorBody, options: ErrorOptions): Error {
  if (type === "PlumageError") return new PlumageError(code!, message, hint, options);
  if (type === "DOMException") return new DOMException(message, name);
  const Class = Object.hasOwn(builtIn, name) ? builtIn[name as keyof typeof builtIn] : Error;
  return new Class(message, options);
}
