/** JSON with a schema: what every file of the store is checked with when it is read. */
import type { z } from "zod";
import { PlumageError } from "../errors.ts";

/**
 * Parses JSON and checks it against a schema.
 *
 * @param source what the text comes from, for error messages
 * @throws PlumageError "bad-file" that names the source and the first invalid field
 */
export function parseJson<T extends z.ZodType>(
  text: string,
  schema: T,
  source: string,
  hint?: string,
): z.infer<T> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new PlumageError("bad-file", `${source} is not JSON`, hint, { cause: error });
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw new PlumageError(
    "bad-file",
    `${source}: ${issue.path.join(".") || "the document"}: ${issue.message}`,
    hint,
  );
}
