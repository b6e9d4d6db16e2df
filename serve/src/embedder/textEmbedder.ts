/** The text encoder of a model, which embeds words as the embedder does images. */
import { join } from "node:path";
import { cosineLimits, PlumageError, type TextModel } from "@plumage/models";
import { readText, sha256File } from "@plumage/models/node";
import * as ort from "@plumage/models/onnxruntime";
import { TextTokenizer, type Tokens, textGoldenCosine } from "@plumage/models/text";

export interface EmbeddedText {
  /** Of unit length. */
  readonly embedding: Float32Array<ArrayBuffer>;
  /** Tokens of the text, with those that mark its start and end. */
  readonly tokens: number;
  /** Tokens that were embedded: fewer, if the text is longer than the encoder's context. */
  readonly used: number;
}

export interface TextEmbedder {
  embed(text: string): Promise<EmbeddedText>;
}

/**
 * Loads the files, and checks them against their digests and the golden texts.
 *
 * @param folder models/store/<name>
 * @throws PlumageError "bad-file" or "mismatch" for files that cannot be used
 */
export async function openTextEmbedder(
  folder: string,
  text: TextModel,
  threads: number,
): Promise<TextEmbedder> {
  const file = text.files.find(({ variant }) => variant === "fp32") ?? text.files[0]!;
  for (const each of [file, text.tokenizer]) await checkDigest(folder, each);
  const path = join(folder, text.tokenizer.file);
  const tokenizer = new TextTokenizer(await readText(path), text, path);
  const session = await ort.InferenceSession.create(join(folder, file.file), {
    executionProviders: ["cpu"],
    intraOpNumThreads: threads,
    logSeverityLevel: 3,
  });
  const run = async ({ ids, mask }: Tokens) => {
    const dims = [1, ids.length];
    const outputs = await session.run({
      ids: new ort.Tensor("int32", ids, dims),
      mask: new ort.Tensor("int32", mask, dims),
    });
    // A copy: onnxruntime owns the memory of its outputs.
    return (outputs.embeddings!.data as Float32Array).slice();
  };
  const smallest = await textGoldenCosine(text.goldens, tokenizer, run);
  const { cosine: limit } = cosineLimits.serve;
  // Negated, so that NaN fails.
  if (!(smallest >= limit)) {
    await session.release();
    const message =
      "onnxruntime does not reproduce the golden embeddings of the text encoder " +
      `(cosine ${smallest.toFixed(6)}, at least ${limit} expected)`;
    throw new PlumageError("mismatch", message, again);
  }
  return {
    async embed(words) {
      const tokens = tokenizer.encode(words);
      const used = Math.min(tokens.count, text.contextLength);
      return { embedding: await run(tokens), tokens: tokens.count, used };
    },
  };
}

const again = "import the model again, or report this machine";

async function checkDigest(
  folder: string,
  { file, sha256 }: Pick<TextModel["tokenizer"], "file" | "sha256">,
): Promise<void> {
  if ((await sha256File(join(folder, file))) === sha256) return;
  throw new PlumageError("mismatch", `${file} does not match its digest in model.json`, again);
}
