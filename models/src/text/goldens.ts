/** Golden texts: test vectors of a text encoder and its tokenizer, in model.json. */
import { PlumageError } from "../errors.ts";
import { cosine } from "../retrieval/vectors.ts";
import { decodeBase64, encodeBase64 } from "../store/base64.ts";
import type { TextModel } from "../store/textModel.ts";
import type { TextTokenizer, Tokens } from "./tokenizer.ts";

/** A text, its tokens and its embedding. */
export type TextGolden = TextModel["goldens"][number];

/** A golden text as model.json stores it. */
export function encodeTextGolden(
  text: string,
  { ids, mask }: Tokens,
  { buffer, byteOffset, byteLength }: Float32Array,
): TextGolden {
  return {
    text,
    ids: [...ids].filter((_, i) => mask[i]),
    embedding: encodeBase64(new Uint8Array(buffer, byteOffset, byteLength)),
  };
}

/**
 * The smallest cosine of a golden embedding with the one that a runtime computes; NaN for an
 * embedding of another length.
 *
 * @throws PlumageError "mismatch" if the tokenizer gives other tokens
 */
export async function textGoldenCosine(
  goldens: readonly TextGolden[],
  tokenizer: Pick<TextTokenizer, "encode">,
  embed: (tokens: Tokens) => Promise<Float32Array>,
): Promise<number> {
  let smallest = 1;
  for (const golden of goldens) {
    const tokens = tokenizer.encode(golden.text);
    const { ids } = encodeTextGolden(golden.text, tokens, new Float32Array());
    if (ids.join() !== golden.ids.join())
      throw new PlumageError(
        "mismatch",
        `the tokenizer does not reproduce the tokens of the golden text "${golden.text}"`,
        "import the model again",
      );
    const expected = new Float32Array(decodeBase64(golden.embedding).buffer);
    // Math.min keeps NaN.
    smallest = Math.min(smallest, cosine(await embed(tokens), expected));
  }
  return smallest;
}
