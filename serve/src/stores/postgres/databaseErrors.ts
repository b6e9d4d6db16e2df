/** PostgreSQL's errors: which are worth a retry, and which a person can act on. */
import { PlumageError } from "@plumage/models";

/** Messages and Node error codes of a server that cannot be reached. */
const unreachable =
  /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH|EAI_)|timeout|terminated|not queryable/i;

const codeOf = (error: unknown): string => String((error as { code?: unknown }).code ?? "");

/** Whether to retry the whole transaction: after a serialization failure or a deadlock. */
export const isRetryable = (error: unknown): boolean => ["40001", "40P01"].includes(codeOf(error));

/**
 * Translates the errors that a person can act on (SQLSTATE, PostgreSQL's appendix A); any other is
 * a bug and stays as it is.
 */
export function translated(error: unknown): unknown {
  if (error instanceof PlumageError) return error;
  const code = codeOf(error);
  const { message } = error as Error;
  const unavailable = (text: string, hint: string) =>
    new PlumageError("unavailable", text, hint, { cause: error });
  // Invalid authorization, or no such database.
  if (/^28/.test(code) || code === "3D000")
    return unavailable(
      `the database refused the connection: ${message}`,
      "check --store or PLUMAGE_STORE",
    );
  if (code === "42501")
    return unavailable(
      `the database denied access: ${message}`,
      "grant the privilege to the role in --store",
    );
  // Connection exceptions, too many connections, a server that shuts down, a statement timeout.
  if (
    /^(08|53|57)/.test(code) ||
    unreachable.test(code) ||
    (code === "" && unreachable.test(message))
  )
    return unavailable("the database does not respond", "try again in a moment");
  return error;
}
