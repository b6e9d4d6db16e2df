/** Takes the images and the words out of a request, however they were sent. */
import { PlumageError } from "@plumage/models";
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { z } from "zod";
import { readBody } from "./body.ts";
import { readForm } from "./form.ts";

export interface Upload {
  /** The body itself, or the files in the form's field `image`. */
  readonly images: readonly Uint8Array[];
  /** The files in the form's field `negative`. */
  readonly negatives: readonly Uint8Array[];
  /**
   * The form's other fields; the last of those that came several times stands in a list with the
   * others.
   */
  readonly fields: Readonly<Record<string, string | readonly string[]>>;
}

/**
 * Kinds that a client gives a body it knows nothing about: none at all, and curl's --data-binary.
 */
const unknownKinds = ["application/octet-stream", "application/x-www-form-urlencoded"];
const howTo = "send the image as the body, or as the field image of a form";

/**
 * @param mayBeEmpty whether a request without an image has a meaning
 * @throws HTTPException 415 for a body of another kind, PlumageError "bad-input" for one without an
 * image
 */
export async function readUpload(context: Context, mayBeEmpty = false): Promise<Upload> {
  const type =
    context.req.header("content-type")?.split(";")[0]?.trim().toLowerCase() ??
    "application/octet-stream";
  if (type === "multipart/form-data") {
    const { files, texts } = await readForm(context);
    for (const field of ["image", "negative"]) {
      if (texts.has(field))
        throw new PlumageError("bad-input", `the form has text in its field ${field}`, howTo);
    }
    const images = files.get("image") ?? [];
    if (images.length === 0 && !mayBeEmpty) {
      throw new PlumageError("bad-input", "the form has no file in its field image", howTo);
    }
    const fields = [...texts].map(
      ([name, all]) => [name, all.length === 1 ? all[0]! : all] as const,
    );
    const negatives = files.get("negative") ?? [];
    for (const bytes of [...images, ...negatives]) refuseEmpty(bytes);
    return { images, negatives, fields: Object.fromEntries(fields) };
  }
  if (!unknownKinds.includes(type) && !type.startsWith("image/")) {
    throw new HTTPException(415, {
      message: `a body of type ${type} cannot be searched with: ${howTo}`,
    });
  }
  const bytes = await readBody(context);
  if (bytes.length === 0 && mayBeEmpty) return { images: [], negatives: [], fields: {} };
  refuseEmpty(bytes);
  return { images: [bytes], negatives: [], fields: {} };
}

function refuseEmpty(bytes: Uint8Array): void {
  if (bytes.length === 0) throw new PlumageError("bad-input", "the image is empty", howTo);
}

/**
 * The words of a request: the form's count before the address's.
 *
 * @throws PlumageError "bad-input" that names the word
 */
export function wordsOf<Schema extends z.ZodType>(
  schema: Schema,
  { req }: Context,
  fields: Upload["fields"],
): z.infer<Schema> {
  const address = Object.entries(req.queries()).map(([name, all]) => [
    name,
    all.length === 1 ? all[0]! : all,
  ]);
  const result = schema.safeParse({ ...Object.fromEntries(address), ...fields });
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  throw new PlumageError("bad-input", `${path.join(".")}: ${message}`);
}
