/** Reads the tokenizer of a text encoder, and how its texts are cut and padded. */
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { PlumageError, parseJson } from "@plumage/models";
import { readText } from "@plumage/models/node";
import { TextTokenizer, type TokenSettings } from "@plumage/models/text";
import { z } from "zod";
import type { TextInput } from "./input.ts";
import type { TextSource } from "./options.ts";
import type { TextPreset } from "./presets.ts";

export interface TextTokens {
  /** Content of tokenizer.json. */
  readonly json: string;
  readonly settings: TokenSettings;
  readonly tokenizer: TextTokenizer;
}

/** The parts of tokenizer.json about lengths; texts are always padded here. */
const lengthsSchema = z.looseObject({
  truncation: z.looseObject({ max_length: z.int() }).nullish(),
  padding: z
    .looseObject({
      strategy: z.union([z.literal("BatchLongest"), z.object({ Fixed: z.int() })]),
      pad_id: z.int(),
    })
    .nullish(),
});
/** A token is its text, or an object with more about it. */
const configSchema = z.looseObject({
  pad_token: z.union([z.string(), z.looseObject({ content: z.string() })]).nullish(),
});

/**
 * @throws PlumageError "bad-file" for a file that is no tokenizer, "bad-input" if an option is
 * missing or contradicts the graph
 */
export async function readTokens(
  source: TextSource,
  input: TextInput,
  preset: TextPreset | undefined,
): Promise<TextTokens> {
  const { tokenizer: path } = source;
  const json = await readText(path);
  const lowercase = preset?.lowercase ?? false;
  // Both depend on each other: padding is a token of the tokenizer.
  const unpadded = new TextTokenizer(json, { contextLength: 3, padding: 0, lowercase }, path);
  const lengths = parseJson(json, lengthsSchema, path);
  const contextLength = lengthOf(source, input, lengths, preset);
  const padding = paddingOf(source, unpadded, lengths, preset);
  const settings = { contextLength, padding, lowercase };
  return { json, settings, tokenizer: new TextTokenizer(json, settings, path) };
}

type Lengths = z.infer<typeof lengthsSchema>;

function lengthOf(
  { textLength }: TextSource,
  { ids, length: fixed }: TextInput,
  { truncation, padding }: Lengths,
  preset: TextPreset | undefined,
): number {
  if (fixed !== undefined && textLength !== undefined && fixed !== textLength) {
    const message = `--text-length ${textLength}: the input "${ids}" takes ${fixed} tokens`;
    throw new PlumageError("bad-input", message, "leave --text-length out");
  }
  const strategy = padding?.strategy;
  const padded = typeof strategy === "object" ? strategy.Fixed : undefined;
  const found = fixed ?? textLength ?? padded ?? truncation?.max_length ?? preset?.length;
  if (found !== undefined) return found;
  const message = `the input "${ids}" takes texts of any length`;
  throw new PlumageError("bad-input", message, "add --text-length N, such as 77");
}

function paddingOf(
  { textPad, tokenizer: path }: TextSource,
  tokenizer: TextTokenizer,
  { padding }: Lengths,
  preset: TextPreset | undefined,
): number {
  const token = textPad ?? (padding ? undefined : configuredPadding(path));
  if (token !== undefined) {
    const id = tokenizer.idOf(token);
    if (id !== undefined) return id;
    const message = `the tokenizer has no token "${token}" to fill short texts with`;
    throw new PlumageError("bad-input", message, "add --text-pad TOKEN");
  }
  if (padding) return padding.pad_id;
  // What cannot be seen may be any token.
  const unseen = preset?.seesPadding === false ? tokenizer.end : undefined;
  if (unseen !== undefined) return unseen;
  throw new PlumageError(
    "bad-input",
    `${basename(path)} does not say which token fills short texts`,
    "keep tokenizer_config.json beside it, or add --text-pad TOKEN",
  );
}

/** The padding that tokenizer_config.json names, if there is one. */
function configuredPadding(tokenizer: string): string | undefined {
  const path = join(dirname(tokenizer), "tokenizer_config.json");
  if (!existsSync(path)) return undefined;
  const token = parseJson(readFileSync(path, "utf8"), configSchema, path).pad_token;
  return typeof token === "object" ? token?.content : token;
}
