/** A multipart form, parsed as it comes (RFC 7578). */
import { once } from "node:events";
import { Busboy, type BusboyInstance } from "@fastify/busboy";
import { PlumageError } from "@plumage/models";
import type { Context } from "hono";
import { mostBytes, piecesOf, SharedBytes } from "./body.ts";

export interface Form {
  /** By the field's name; in the order that they came in. */
  readonly files: ReadonlyMap<string, readonly Uint8Array[]>;
  readonly texts: ReadonlyMap<string, readonly string[]>;
}

/** Images that one form may bring. */
const mostFiles = 100;
const mostTexts = 1000;
/** Characters of one text: a hundred items with much to say of each. */
const longestText = 2 ** 20;

/**
 * @throws PlumageError "bad-input" for what is no form, or one with more parts than it may have;
 * TooLarge
 */
export async function readForm(context: Context): Promise<Form> {
  const files = new Map<string, Uint8Array[]>();
  const texts = new Map<string, string[]>();
  const bytes = new SharedBytes(mostBytes(context));
  let refused: Error | undefined;
  const refuse = (error: Error) => {
    refused ??= error;
  };
  const parser = parserOf(context.req.header("content-type")!);
  parser.on("error", (cause) => refuse(unreadable(cause)));
  const finished = once(parser, "finish").catch(() => undefined);
  parser.on("file", (name, file) => {
    // Files follow one another, so each lies in one piece; its end is told after the next one has
    // begun.
    let start = 0;
    let end = 0;
    file.on("data", (piece: Uint8Array) => {
      if (end === 0) start = bytes.length;
      try {
        bytes.append(piece);
      } catch (error) {
        refuse(error as Error);
      }
      end = bytes.length;
    });
    file.on("error", () => undefined);
    file.on("end", () => add(files, name, bytes.part(start, end)));
  });
  parser.on("field", (name, text, _, isCut) => {
    if (isCut)
      refuse(new PlumageError("bad-input", `${name}: use at most ${longestText} characters`));
    add(texts, name, text);
  });
  parser.on("filesLimit", () => refuse(tooMany("files", mostFiles)));
  parser.on("fieldsLimit", () => refuse(tooMany("fields", mostTexts)));
  for await (const piece of piecesOf(context)) {
    // What is refused is read to its end all the same: a client reads no answer before it has sent
    // everything.
    if (!refused && !parser.write(piece)) await Promise.race([once(parser, "drain"), finished]);
  }
  if (!refused) {
    parser.end();
    await finished;
  }
  if (refused) throw refused;
  return { files, texts };
}

function parserOf(type: string): BusboyInstance {
  try {
    const limits = { files: mostFiles, fields: mostTexts, fieldSize: longestText };
    return new Busboy({ headers: { "content-type": type }, limits });
  } catch (cause) {
    throw unreadable(cause);
  }
}
const unreadable = (cause: unknown) =>
  new PlumageError("bad-input", "the form cannot be read", "send images in its field image", {
    cause,
  });

const tooMany = (what: string, most: number) =>
  new PlumageError(
    "bad-input",
    `the form has more than ${most} ${what}`,
    `send at most ${most} at a time`,
  );

function add<Value>(all: Map<string, Value[]>, name: string, value: Value): void {
  const known = all.get(name);
  if (known) known.push(value);
  else all.set(name, [value]);
}
