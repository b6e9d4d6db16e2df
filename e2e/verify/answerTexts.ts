/** Embeds the golden texts of a manifest, in Node and in browsers. */
import type { TextModel } from "@plumage/models";
import { TextTokenizer, type Tokens } from "@plumage/models/text";
import type { Answer } from "./answer.ts";

/**
 * @param tokenizer content of tokenizer.json
 * @param run runs the session on `ids` and `mask`
 */
export async function answerTexts(
  text: TextModel,
  tokenizer: string,
  run: (tokens: Tokens) => Promise<Float32Array>,
): Promise<Answer> {
  const encoder = new TextTokenizer(tokenizer, text);
  const goldens: Answer["goldens"] = [];
  for (const { text: words, ids } of text.goldens) {
    const tokens = encoder.encode(words);
    const begin = performance.now();
    const embedding = Array.from(await run(tokens));
    goldens.push({
      inputEqual: tokens.ids.every((id, i) => id === (ids[i] ?? text.padding)),
      embedding,
      ms: performance.now() - begin,
    });
  }
  return { goldens };
}
