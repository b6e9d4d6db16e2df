/** Takes the picture out of a request, however it was sent. */
import { PlumageError } from "@plumage/models";
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";

export interface Upload {
  readonly bytes: Uint8Array;
  /** Other fields of the form. */
  readonly fields: Readonly<Record<string, string>>;
}

/** Kinds that a client gives a body it knows nothing about: none at all, and curl's --data-binary. */
const unknownKinds = ["application/octet-stream", "application/x-www-form-urlencoded"];

const howTo = "send the picture as the body, or as the field image of a form";

/** @throws HTTPException 415 for a body of another kind, PlumageError "bad-input" for one without a picture */
export async function readUpload({ req }: Context): Promise<Upload> {
  const type = req.header("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "application/octet-stream";
  if (type === "multipart/form-data") {
    const form = await req.parseBody().catch((cause) => {
      throw new PlumageError("bad-input", "the form cannot be read", howTo, { cause });
    });
    const { image, ...rest } = form;
    if (!(image instanceof File)) throw new PlumageError("bad-input", "the form has no file in its field image", howTo);
    const fields = Object.entries(rest).filter((entry): entry is [string, string] => typeof entry[1] === "string");
    return { bytes: await content(image), fields: Object.fromEntries(fields) };
  }
  if (!unknownKinds.includes(type) && !type.startsWith("image/")) {
    throw new HTTPException(415, { message: `a body of type ${type} cannot be searched with: ${howTo}` });
  }
  return { bytes: await content(req), fields: {} };
}

async function content(source: { arrayBuffer(): Promise<ArrayBuffer> }): Promise<Uint8Array> {
  const bytes = new Uint8Array(await source.arrayBuffer());
  if (bytes.length === 0) throw new PlumageError("bad-input", "the picture is empty", howTo);
  return bytes;
}
