/** Errors as people read them. */
import { PlumageError } from "@plumage/models";

/** "this is not an image" as "This is not an image." */
const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

/**
 * An error as one line: what is wrong, then what to do.
 *
 * @param subject what the error is about, e.g. a file name
 */
export function explain(error: unknown, subject?: string): string {
  const { message, hint } =
    error instanceof PlumageError
      ? error
      : {
          message: `something went wrong: ${error instanceof Error ? error.message : error}`,
          hint: undefined,
        };
  const first = subject === undefined ? sentence(message) : `${subject}: ${message}.`;
  return hint ? `${first} ${sentence(hint)}` : first;
}
