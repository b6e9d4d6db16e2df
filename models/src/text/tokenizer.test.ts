import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { repositoryRoot } from "../store/node/paths.ts";
import { TextTokenizer } from "./tokenizer.ts";

const fixtures = join(repositoryRoot(), "models", "test", "fixtures", "tokenizers");
const read = (file: string) => readFileSync(join(fixtures, file), "utf8");

const expected = z
  .object({
    length: z.int(),
    texts: z.array(z.string()),
    tokenizers: z.record(
      z.string(),
      z.object({
        pad: z.string(),
        texts: z.array(z.object({ ids: z.array(z.int()), used: z.int() })),
      }),
    ),
  })
  .parse(JSON.parse(read("tokens.json")));

const open = (name: string, contextLength: number, lowercase = false) => {
  const pad = expected.tokenizers[name]!.pad;
  const settings = { contextLength, lowercase, padding: 0 };
  const padding = new TextTokenizer(read(`${name}.json`), settings).idOf(pad)!;
  return new TextTokenizer(read(`${name}.json`), { ...settings, padding });
};

describe.each(Object.entries(expected.tokenizers))(
  "%s: the ids of Hugging Face's tokenizers",
  (name, { texts }) => {
    test.each(expected.texts.map((text, i) => [text, texts[i]!] as const))("%j", (text, row) => {
      const tokens = open(name, expected.length, name === "siglip2").encode(text);
      expect([...tokens.ids]).toEqual(row.ids);
      expect([...tokens.mask]).toEqual(row.ids.map((_, i) => (i < row.used ? 1 : 0)));
    });
  },
);

test("counts the tokens that a short context leaves out, and keeps the end", () => {
  const text = "a photo of a red square";
  const [long, short] = [open("clip", 24).encode(text), open("clip", 5).encode(text)];
  expect(short.count).toBe(long.count);
  expect(long.count).toBe(long.mask.reduce((sum, each) => sum + each, 0));
  expect([...short.ids]).toEqual([...long.ids.slice(0, 4), long.ids[long.count - 1]]);
});

test.each([
  ["not JSON", "{", /is not JSON/],
  ["another JSON file", "{}", /tokenizer.json: model: /],
  [
    "an unknown kind of model",
    '{"model":{"type":"Runes","vocab":{}},"added_tokens":[]}',
    /cannot be used as a tokenizer/,
  ],
])("rejects %s", (_, json, message) => {
  const settings = { contextLength: 8, padding: 0, lowercase: false };
  expect(() => new TextTokenizer(json, settings)).toThrow(
    expect.objectContaining({ code: "bad-file", message: expect.stringMatching(message) }),
  );
});
