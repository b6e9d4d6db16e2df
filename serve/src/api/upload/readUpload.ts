/** Reads a request's images and parameters, from a plain body or a form. */
import { PlumageError } from "@plumage/models";
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { z } from "zod";
import { readBody } from "./body.ts";
import { type Form, readForm } from "./form.ts";

export interface Upload {
  /** The body itself, or the files in the form field `image`. */
  readonly images: readonly Uint8Array[];
  /** The files in the form field `negative`. */
  readonly negatives: readonly Uint8Array[];
  /** The form's text fields; a repeated one is a list. */
  readonly fields: Readonly<Record<string, string | readonly string[]>>;
}

/** Sent by clients that do not know a body's type. */
const untyped = [
  "application/octet-stream",
  // curl --data-binary
  "application/x-www-form-urlencoded",
  // Amazon S3, and what uploads to it
  "binary/octet-stream",
  "application/binary",
  "application/x-binary",
  "application/x-octet-stream",
  "application/force-download",
  "application/unknown",
  "unknown/unknown",
  "*/*",
];
const hint = "send the image as the request body, or in the form field image";

/**
 * @param mayBeEmpty whether a request without an image is valid
 * @throws HTTPException 415 for a body of another type or with an encoding, PlumageError
 *   "bad-input" if there is no image
 */
export async function readUpload(context: Context, mayBeEmpty = false): Promise<Upload> {
  refuseEncoding(context);
  const type = mediaType(context);
  if (type === "multipart/form-data") return uploadOf(await readForm(context), mayBeEmpty);
  if (!untyped.includes(type) && !type.startsWith("image/"))
    throw new HTTPException(415, { message: `a body of type ${type} is not an image: ${hint}` });
  const bytes = await readBody(context);
  if (bytes.length === 0 && mayBeEmpty) return { images: [], negatives: [], fields: {} };
  requireBytes(bytes);
  return { images: [bytes], negatives: [], fields: {} };
}

const mediaType = ({ req }: Context): string =>
  req.header("content-type")?.split(";")[0]?.trim().toLowerCase() || untyped[0]!;

function refuseEncoding({ req }: Context): void {
  const encoding = req.header("content-encoding")?.trim().toLowerCase() || "identity";
  if (encoding === "identity") return;
  throw new HTTPException(415, {
    message: `Content-Encoding: ${encoding} is not supported: send the image as it is`,
  });
}

function uploadOf({ files, texts }: Form, mayBeEmpty: boolean): Upload {
  for (const field of ["image", "negative"]) {
    if (texts.has(field))
      throw new PlumageError("bad-input", `the form field ${field} is not a file`, hint);
  }
  const images = files.get("image") ?? [];
  if (images.length === 0 && !mayBeEmpty)
    throw new PlumageError("bad-input", "the form has no file in the field image", hint);
  const negatives = files.get("negative") ?? [];
  for (const bytes of [...images, ...negatives]) requireBytes(bytes);
  return { images, negatives, fields: unwrapSingles(texts) };
}

function requireBytes(bytes: Uint8Array): void {
  if (bytes.length === 0) throw new PlumageError("bad-input", "the image is empty", hint);
}

const unwrapSingles = (values: Iterable<readonly [string, readonly string[]]>) =>
  Object.fromEntries(
    [...values].map(([name, all]) => [name, all.length === 1 ? all[0]! : all] as const),
  );

/**
 * Validates a request's parameters. Form fields take precedence over the query string.
 *
 * @throws PlumageError "bad-input" that names the parameter
 */
export function parseParams<Schema extends z.ZodType>(
  schema: Schema,
  { req }: Context,
  fields: Upload["fields"],
): z.infer<Schema> {
  const query = unwrapSingles(Object.entries(req.queries()));
  const result = schema.safeParse({ ...query, ...fields });
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  throw new PlumageError("bad-input", `${path.join(".")}: ${message}`);
}
