/** Reads the text of a table: in UTF-8 or UTF-16, with any line ends. */
import { isUtf8 } from "node:buffer";
import { open } from "node:fs/promises";
import { analyse } from "chardet";
import { PlumageError } from "../../errors.ts";
import { unreadable } from "../../store/unreadable.ts";

/** Far beyond a table of a million images. */
const maxBytes = 256_000_000;
/** Bytes from which an encoding is guessed. */
const sampleBytes = 65_536;

/**
 * Reads a table.
 *
 * @param hint what to do about a file that cannot be read
 * @returns its text without a byte order mark; lines end with "\n"
 * @throws PlumageError "bad-file" that names the encoding and the first line in it, if that is
 *   neither UTF-8 nor UTF-16
 */
export async function readTableText(path: string, hint: string): Promise<string> {
  return decodeTable(await readBytes(path, hint), path).replace(/\r\n?/g, "\n");
}

async function readBytes(path: string, hint: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    const file = await open(path);
    for await (const chunk of file.createReadStream() as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > maxBytes) break;
    }
  } catch (cause) {
    throw unreadable(path, cause, hint);
  }
  if (length <= maxBytes) return Buffer.concat(chunks);
  throw new PlumageError("bad-file", `${path} is larger than ${maxBytes / 1e6} MB`, hint);
}

function decodeTable(bytes: Buffer, path: string): string {
  for (const [signature, format] of foreignFormats) {
    if (!bytes.subarray(0, signature.length).equals(Buffer.from(signature, "latin1"))) continue;
    throw new PlumageError("bad-file", `${path} is ${format}, not a table in text form`, saveAs);
  }
  const encoding = utf16Of(bytes) ?? "utf-8";
  let text: string;
  try {
    text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw encoding === "utf-8" ? notUtf8(bytes, path) : broken(path, encoding);
  }
  const control = /[^\P{Cc}\t\n\v\f\r\u0085]/u.exec(text);
  if (!control) return text;
  // ISO-2022-JP switches alphabets with escape sequences, which are valid UTF-8.
  const code = control[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
  const line = text.slice(0, control.index).split(/\r\n?|\n/).length;
  const problem = `contains the control character U+${code}`;
  throw new PlumageError("bad-file", `${path}, line ${line} ${problem}`, saveAs);
}

const saveAs = "save the table as CSV in UTF-8";

/** First bytes of what else people keep tables in. */
const foreignFormats = [
  ["PK\x03\x04", "a spreadsheet or a zip archive"],
  ["\xd0\xcf\x11\xe0", "an Excel workbook"],
  ["\x1f\x8b", "compressed with gzip"],
  ["SQLite format 3\0", "an SQLite database"],
  ["PAR1", "a Parquet file"],
  ["%PDF-", "a PDF"],
  ["{\\rtf", "an RTF document"],
  ["\0\0\xfe\xff", "in UTF-32"],
  ["\xff\xfe\0\0", "in UTF-32"],
] as const;

/**
 * UTF-16 by its byte order mark; without one, by the zeros around the first two characters, which
 * are ASCII in a table's heading (RFC 4627, section 3).
 */
function utf16Of(bytes: Buffer): "utf-16le" | "utf-16be" | undefined {
  if (bytes.length < 2) return undefined;
  const mark = bytes.readUInt16BE(0);
  if (mark === 0xfffe) return "utf-16le";
  if (mark === 0xfeff) return "utf-16be";
  const zeros = [...bytes.subarray(0, 4)].map((byte) => (byte === 0 ? "0" : "x")).join("");
  if (zeros === "x0x0") return "utf-16le";
  return zeros === "0x0x" ? "utf-16be" : undefined;
}

function notUtf8(bytes: Buffer, path: string): PlumageError {
  const [start, line] = firstLineNotUtf8(bytes);
  const [guess] = analyse(bytes.subarray(start, start + sampleBytes));
  const name = guess && guess.name !== "UTF-8" ? `; it looks like ${guess.name}` : "";
  return new PlumageError("bad-file", `${path}, line ${line} is not UTF-8${name}`, saveAs);
}

/** Where the line starts, and its number. */
function firstLineNotUtf8(bytes: Buffer): [start: number, line: number] {
  let [start, line] = [0, 1];
  for (let at = 0; at < bytes.length; at++) {
    const isReturn = bytes[at] === 13 && bytes[at + 1] !== 10;
    if (bytes[at] !== 10 && !isReturn) continue;
    if (!isUtf8(bytes.subarray(start, at))) break;
    start = at + 1;
    line++;
  }
  return [start, line];
}

const broken = (path: string, encoding: string): PlumageError =>
  new PlumageError("bad-file", `${path} is damaged: it is not ${encoding.toUpperCase()}`, saveAs);
