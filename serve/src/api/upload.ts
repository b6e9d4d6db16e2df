/** Takes the pictures and the words out of a request, however they were sent. */
import { PlumageError } from "@plumage/models";
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { z } from "zod";

export interface Upload {
  /** The body itself, or the files in the form's field `image`. */
  readonly pictures: readonly Uint8Array[];
  /** The files in the form's field `negative`. */
  readonly negatives: readonly Uint8Array[];
  /** The form's other fields; the last of those that came several times stands in a list with the others. */
  readonly fields: Readonly<Record<string, string | string[]>>;
}

/** Kinds that a client gives a body it knows nothing about: none at all, and curl's --data-binary. */
const unknownKinds = ["application/octet-stream", "application/x-www-form-urlencoded"];
const howTo = "send the picture as the body, or as the field image of a form";
/** Pictures that one request may bring. */
const mostPictures = 100;

/**
 * @param mayBeEmpty whether a request without a picture has a meaning
 * @throws HTTPException 415 for a body of another kind, PlumageError "bad-input" for one without a picture
 */
export async function readUpload({ req }: Context, mayBeEmpty = false): Promise<Upload> {
  const type = req.header("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "application/octet-stream";
  if (type === "multipart/form-data") {
    const form = await req.parseBody({ all: true }).catch((cause) => {
      throw new PlumageError("bad-input", "the form cannot be read", howTo, { cause });
    });
    const { image = [], negative = [], ...rest } = form;
    const upload = { pictures: await files(image, "image"), negatives: await files(negative, "negative") };
    if (upload.pictures.length === 0 && !mayBeEmpty) {
      throw new PlumageError("bad-input", "the form has no file in its field image", howTo);
    }
    const fields = Object.entries(rest).map(([name, value]) => {
      const texts = [value].flat().filter((each) => typeof each === "string");
      return [name, texts.length === 1 ? texts[0]! : texts] as const;
    });
    return {
      ...upload,
      fields: Object.fromEntries(fields.filter(([, value]) => typeof value === "string" || value.length > 0)),
    };
  }
  if (!unknownKinds.includes(type) && !type.startsWith("image/")) {
    throw new HTTPException(415, { message: `a body of type ${type} cannot be searched with: ${howTo}` });
  }
  const bytes = new Uint8Array(await req.arrayBuffer());
  if (bytes.length === 0 && mayBeEmpty) return { pictures: [], negatives: [], fields: {} };
  return { pictures: [notEmpty(bytes)], negatives: [], fields: {} };
}

async function files(value: string | File | (string | File)[], field: string): Promise<Uint8Array[]> {
  const all = [value].flat();
  if (all.length > mostPictures) {
    throw new PlumageError(
      "bad-input",
      `the form has ${all.length} pictures`,
      `send at most ${mostPictures} at a time`,
    );
  }
  return Promise.all(
    all.map(async (file) => {
      if (!(file instanceof File)) {
        throw new PlumageError("bad-input", `the form has no file in its field ${field}`, howTo);
      }
      return notEmpty(new Uint8Array(await file.arrayBuffer()));
    }),
  );
}

function notEmpty(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0) throw new PlumageError("bad-input", "the picture is empty", howTo);
  return bytes;
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
  const address = Object.entries(req.queries()).map(([name, all]) => [name, all.length === 1 ? all[0]! : all]);
  const result = schema.safeParse({ ...Object.fromEntries(address), ...fields });
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  throw new PlumageError("bad-input", `${path.join(".")}: ${message}`);
}
