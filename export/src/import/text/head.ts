/** How the text encoder's output becomes one vector. */
import { PlumageError, type TextPooling } from "@plumage/models";
import type { Tokens } from "@plumage/models/text";
import type { TextSource } from "./options.ts";
import type { TextPreset } from "./presets.ts";

export interface TextHead {
  /** Of one text, without the batch axis: [D] or [T, C]. */
  readonly shape: readonly number[];
  /** "none" if the output is a vector already. */
  readonly pool: TextPooling;
  /** Length of the vector. */
  readonly dimension: number;
}

/**
 * @param shape of the output for one text, with the batch axis
 * @param dimension of the image encoder's embeddings
 * @throws PlumageError "bad-input" if --text-pool is missing or does not fit, "mismatch" for a
 * vector of another length than the image encoder's, "unsupported" for an output of another shape
 */
export function chooseTextHead(
  output: string,
  [batch, ...shape]: readonly number[],
  dimension: number,
  { textPool }: Pick<TextSource, "textPool">,
  preset: TextPreset | undefined,
): TextHead {
  const is = `the text encoder's output "${output}" is [${["N", ...shape].join(", ")}]`;
  if (batch !== 1 || shape.length < 1 || shape.length > 2) {
    const message = `${is}, neither a vector nor the states of tokens`;
    throw new PlumageError("unsupported", message, "choose another one with --text-output");
  }
  const found = shape.at(-1)!;
  if (found !== dimension) {
    const message = `${is}, but the image encoder's embeddings have ${dimension} values`;
    const hint = "use the outputs that both are compared by, such as image_embeds and text_embeds";
    throw new PlumageError("mismatch", message, hint);
  }
  const isVector = shape.length === 1;
  if (textPool !== undefined && isVector !== (textPool === "none")) {
    const [what, hint] = isVector
      ? ["a vector already", "leave --text-pool out"]
      : ["states of tokens", "use --text-pool cls, end, last or mean"];
    throw new PlumageError("bad-input", `--text-pool ${textPool}: ${is}, ${what}`, hint);
  }
  const pool = isVector ? "none" : (textPool ?? preset?.states);
  if (pool) return { shape, pool, dimension };
  const message = `${is}, states of tokens`;
  throw new PlumageError("bad-input", message, "add --text-pool cls, end, last or mean");
}

/**
 * The share of each position in the vector of a text, in double precision: the reference for the
 * nodes that pool in the graph.
 */
export const poolingWeights: Readonly<
  Record<Exclude<TextPooling, "none">, (mask: Tokens["mask"]) => Float64Array>
> = {
  cls: (mask) => oneHot(0, mask.length),
  end: (mask) => oneHot(mask.lastIndexOf(1), mask.length),
  last: (mask) => oneHot(mask.length - 1, mask.length),
  mean: (mask) => {
    const count = mask.reduce((sum, each) => sum + each, 0);
    return Float64Array.from(mask, (each) => each / count);
  },
};

const oneHot = (at: number, length: number): Float64Array => {
  const weights = new Float64Array(length);
  weights[at] = 1;
  return weights;
};
