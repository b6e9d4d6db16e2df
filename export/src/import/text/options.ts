/** Options of `npm run import` about the text encoder of a CLIP-like pair. */
import { PlumageError, textPoolingNames, textPoolingSchema } from "@plumage/models";
import { type Options, typedPath } from "@plumage/models/cli";
import { z } from "zod";

export const textOptionTable = {
  textOnnx: {
    description:
      "ONNX file of the text encoder that belongs to the image encoder: images can then be " +
      "searched by words",
    value: "FILE",
    schema: z.string().min(1).transform(typedPath).optional(),
  },
  tokenizer: {
    description:
      "tokenizer.json of the text encoder; a tokenizer_config.json beside it is read, too",
    value: "FILE",
    schema: z.string().min(1).transform(typedPath).optional(),
  },
  textOutput: {
    description: "output of the text encoder to use (default: the only output)",
    value: "VALUE",
    schema: z.string().min(1).optional(),
  },
  textPool: {
    description:
      `how a text's token states become a vector: ${textPoolingNames.join(", ")} ` +
      "(default: none for vectors, the preset's for states)",
    value: "NAME",
    schema: textPoolingSchema.optional(),
  },
  textLength: {
    description:
      "tokens that the text encoder reads (default: the graph's, the tokenizer's or the preset's)",
    value: "N",
    schema: z.coerce.number().int().min(3).max(4096).optional(),
  },
  textPad: {
    description: "token that fills short texts (default: the tokenizer's)",
    value: "TOKEN",
    schema: z.string().min(1).optional(),
  },
};

type TextOptions = Partial<Options<typeof textOptionTable>>;

/** A text encoder to import, and what a caller says about it. */
export interface TextSource extends Omit<TextOptions, "textOnnx" | "tokenizer"> {
  /** Its ONNX file. */
  readonly path: string;
  /** Path of tokenizer.json. */
  readonly tokenizer: string;
}

/**
 * The text encoder that the options name, if any.
 *
 * @throws PlumageError "bad-input" if only a part of it is named
 */
export function textSource(options: TextOptions): TextSource | undefined {
  const { textOnnx, tokenizer, textOutput, textPool, textLength, textPad } = options;
  const rest = { textOutput, textPool, textLength, textPad };
  if (textOnnx !== undefined && tokenizer !== undefined)
    return { path: textOnnx, tokenizer, ...rest };
  if ([textOnnx, tokenizer, ...Object.values(rest)].every((each) => each === undefined))
    return undefined;
  throw new PlumageError(
    "bad-input",
    "a text encoder consists of an ONNX file and a tokenizer",
    "add --text-onnx FILE --tokenizer tokenizer.json",
  );
}
