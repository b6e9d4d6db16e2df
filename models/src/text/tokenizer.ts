/** Turns a text into the token ids that a text encoder reads. */
import { Tokenizer } from "@huggingface/tokenizers";
import { z } from "zod";
import { PlumageError } from "../errors.ts";
import { parseJson } from "../store/json.ts";
import type { TextModel } from "../store/textModel.ts";

/** What a tokenizer.json does not say. */
export type TokenSettings = Pick<TextModel, "contextLength" | "padding" | "lowercase">;

/** A text as an encoder's input. */
export interface Tokens {
  /** [contextLength]; the end is padding. */
  readonly ids: Int32Array<ArrayBuffer>;
  /** [contextLength]: 1 for tokens, 0 for padding. */
  readonly mask: Int32Array<ArrayBuffer>;
  /** Tokens of the whole text, with those that mark its start and end. */
  readonly count: number;
}

/** Only as much of tokenizer.json as tells it from other files. */
const tokenizerSchema = z.looseObject({ model: z.looseObject({ vocab: z.unknown() }) });

/**
 * A tokenizer of Hugging Face's format: its normalization, pre-tokenization, model (BPE, unigram or
 * WordPiece) and special tokens. The ids are those of the Python library, cut and padded alike.
 */
export class TextTokenizer {
  readonly #tokenizer: Tokenizer;
  readonly #settings: TokenSettings;
  /** Special tokens in front of each text and behind it. */
  readonly #start: readonly number[];
  readonly #end: readonly number[];

  /**
   * @param json content of tokenizer.json
   * @param source its path or URL, for error messages
   * @throws PlumageError "bad-file" for another file or a tokenizer with unsupported parts
   */
  constructor(json: string, settings: TokenSettings, source = "tokenizer.json") {
    const contents = parseJson(json, tokenizerSchema, source);
    try {
      this.#tokenizer = new Tokenizer(contents, {});
      const [start, end] = this.#specialTokens();
      this.#start = start;
      this.#end = end;
    } catch (cause) {
      const message = `${source} cannot be used as a tokenizer: ${(cause as Error).message}`;
      throw new PlumageError("bad-file", message, undefined, { cause });
    }
    this.#settings = settings;
  }

  /** The number of a token, or undefined if there is no such token. */
  idOf(token: string): number | undefined {
    return this.#tokenizer.token_to_id(token);
  }

  /** The token that ends each text; undefined without one. */
  get end(): number | undefined {
    return this.#end.at(-1);
  }

  /** A text beyond the context loses its last tokens, but not those that mark its end. */
  encode(text: string): Tokens {
    const { contextLength, padding, lowercase } = this.#settings;
    const words = this.#ids(lowercase ? text.toLowerCase() : text, false);
    const room = contextLength - this.#start.length - this.#end.length;
    const kept = [...this.#start, ...words.slice(0, room), ...this.#end];
    const ids = new Int32Array(contextLength).fill(padding);
    ids.set(kept);
    return {
      ids,
      mask: new Int32Array(contextLength).fill(1, 0, kept.length),
      count: this.#start.length + words.length + this.#end.length,
    };
  }

  #ids(text: string, withSpecial: boolean): number[] {
    return this.#tokenizer.encode(text, { add_special_tokens: withSpecial }).ids;
  }

  /** The ids around those of a word. */
  #specialTokens(): readonly [start: number[], end: number[]] {
    const [bare, full] = [this.#ids("a", false), this.#ids("a", true)];
    const added = full.length - bare.length;
    for (let at = 0; at <= added; at++) {
      if (bare.every((id, i) => id === full[at + i]))
        return [full.slice(0, at), full.slice(at + bare.length)];
    }
    throw new Error("its special tokens change the text");
  }
}
