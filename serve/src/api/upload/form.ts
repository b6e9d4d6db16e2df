/** Parses a multipart form while it arrives (RFC 7578). */
import { once } from "node:events";
import { Busboy, type BusboyInstance } from "@fastify/busboy";
import { PlumageError } from "@plumage/models";
import type { Context } from "hono";
import { BodyBytes, keptChunksOf } from "./body.ts";

/** Values by field name, in the order in which they were sent. */
export interface Form {
  readonly files: ReadonlyMap<string, readonly Uint8Array[]>;
  readonly texts: ReadonlyMap<string, readonly string[]>;
}

const maxFiles = 100;
const maxTexts = 1000;
/** Characters of one text: enough for the metadata of a hundred items. */
const maxTextLength = 2 ** 20;

/**
 * @throws PlumageError "bad-input" for a malformed form or one with too many parts; TooLarge for
 *   one beyond the body limit; PlumageError "unavailable" for too many bodies
 */
export async function readForm(context: Context): Promise<Form> {
  const parser = createParser(context.req.header("content-type")!);
  const parsing = collectParts(parser, new BodyBytes(context));
  const finished = once(parser, "finish").catch(() => undefined);
  for await (const chunk of keptChunksOf(context)) {
    // A refused body is still read to its end: clients read no answer before they have sent it all.
    if (!parsing.error && !parser.write(chunk))
      await Promise.race([once(parser, "drain"), finished]);
  }
  if (!parsing.error) {
    parser.end();
    await finished;
  }
  if (parsing.error) throw parsing.error;
  return parsing;
}

/** Collects the parser's parts; the first error replaces them. */
function collectParts(parser: BusboyInstance, bytes: BodyBytes) {
  const files = new Map<string, Uint8Array[]>();
  const texts = new Map<string, string[]>();
  const parsing: Form & { error?: Error } = { files, texts };
  const refuse = (error: Error) => {
    parsing.error ??= error;
  };
  parser.on("error", (cause) => refuse(malformed(cause)));
  parser.on("file", (name, file) => {
    // The data of a file is contiguous, because files arrive one after another. Its "end" comes
    // only after the next file's first data.
    let start = 0;
    let end = 0;
    file.on("data", (chunk: Uint8Array) => {
      if (end === 0) start = bytes.length;
      try {
        bytes.append(chunk);
      } catch (error) {
        refuse(error as Error);
      }
      end = bytes.length;
    });
    file.on("error", () => undefined);
    file.on("end", () => append(files, name, bytes.slice(start, end)));
  });
  parser.on("field", (name, text, _, isTruncated) => {
    if (isTruncated)
      refuse(new PlumageError("bad-input", `${name}: use at most ${maxTextLength} characters`));
    append(texts, name, text);
  });
  parser.on("filesLimit", () => refuse(tooMany("files", maxFiles)));
  parser.on("fieldsLimit", () => refuse(tooMany("fields", maxTexts)));
  return parsing;
}

function createParser(contentType: string): BusboyInstance {
  try {
    const limits = { files: maxFiles, fields: maxTexts, fieldSize: maxTextLength };
    return new Busboy({ headers: { "content-type": contentType }, limits });
  } catch (cause) {
    throw malformed(cause);
  }
}

const malformed = (cause: unknown) =>
  new PlumageError("bad-input", "the form is malformed", "send images in the field image", {
    cause,
  });

const tooMany = (what: string, max: number) =>
  new PlumageError(
    "bad-input",
    `the form has more than ${max} ${what}`,
    `send at most ${max} per request`,
  );

function append<Value>(map: Map<string, Value[]>, name: string, value: Value): void {
  const values = map.get(name);
  if (values) values.push(value);
  else map.set(name, [value]);
}
