import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readTableText } from "./tableText.ts";

let folder: string;
let path: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "plumage-table-"));
  path = join(folder, "birds.csv");
});
afterAll(() => rmSync(folder, { recursive: true }));

const utf16 = (text: string, isBigEndian = false): Buffer => {
  const bytes = Buffer.from(text, "utf16le");
  return isBigEndian ? bytes.swap16() : bytes;
};
const text = "path,label\nå/é.jpg,鷗\n";

it.each([
  ["UTF-8", Buffer.from(text)],
  ["UTF-8 with a byte order mark", Buffer.from(`\ufeff${text}`)],
  ["UTF-16, little endian", utf16(`\ufeff${text}`)],
  ["UTF-16, big endian", utf16(`\ufeff${text}`, true)],
  ["UTF-16 without a byte order mark, little endian", utf16(text)],
  ["UTF-16 without a byte order mark, big endian", utf16(text, true)],
  ["CRLF", Buffer.from(text.replaceAll("\n", "\r\n"))],
  ["CR alone", Buffer.from(text.replaceAll("\n", "\r"))],
  ["CR alone in UTF-16", utf16(`\ufeff${text.replaceAll("\n", "\r")}`)],
])("reads %s", async (_, bytes) => {
  writeFileSync(path, bytes);
  expect(await readTableText(path, "hint")).toBe(text);
});

it("reads an empty file", async () => {
  writeFileSync(path, "");
  expect(await readTableText(path, "hint")).toBe("");
});

const german = "path,label\na.jpg,Möwe\nb.jpg,Käuzchen und Bläßhühner über Görlitz\n";
/** かもめ,うみねこ in the encodings of Japan. */
const japanese = {
  Shift_JIS: "82a982e082df2c82a482dd82cb82b1",
  "EUC-JP": "a4aba4e2a4e12ca4a6a4dfa4cda4b3",
};

it.each<[string, Buffer, RegExp]>([
  [
    "Latin-1",
    Buffer.from(german, "latin1"),
    /birds\.csv, line 2 is not UTF-8; it looks like ISO-8859-1$/,
  ],
  ...Object.entries(japanese).map(([name, hex]): [string, Buffer, RegExp] => [
    name,
    Buffer.concat([Buffer.from("path,label\r"), Buffer.from(hex.repeat(20), "hex")]),
    new RegExp(`line 2 is not UTF-8; it looks like ${name}$`),
  ]),
  [
    "ISO-2022-JP",
    Buffer.from("path,label\na.jpg,\x1b$B$+\x1b(B\n"),
    /line 2 contains the control character U\+001B$/,
  ],
  ["half a character of UTF-8", Buffer.from("path,label\na.jpg,caf\xc3", "latin1"), /line 2/],
  [
    "half a character of UTF-16",
    utf16("\ufeffpath").subarray(0, -1),
    /damaged: it is not UTF-16LE$/,
  ],
  ["a lone surrogate", utf16("\ufeffpath,label\na,\ud83d\n"), /damaged/],
  ["UTF-32", Buffer.from("\xff\xfe\0\0p\0\0\0", "latin1"), /is in UTF-32/],
  ["zeros", Buffer.from("path,label\na\0.jpg,b\n"), /line 2 contains .* U\+0000$/],
  ["a spreadsheet", Buffer.from("PK\x03\x04"), /is a spreadsheet or a zip archive/],
])("refuses %s", async (_, bytes, message) => {
  writeFileSync(path, bytes);
  await expect(readTableText(path, "hint")).rejects.toMatchObject({
    code: "bad-file",
    message: expect.stringMatching(message),
    hint: "save the table as CSV in UTF-8",
  });
});

it("says that a file is missing or a folder", async () => {
  mkdirSync(join(folder, "inner"));
  for (const [name, message] of [
    ["none", "is missing"],
    ["inner", "is a folder"],
  ] as const)
    await expect(readTableText(join(folder, name), "check it")).rejects.toMatchObject({
      code: "bad-file",
      message: `${join(folder, name)} ${message}`,
      hint: "check it",
    });
});
