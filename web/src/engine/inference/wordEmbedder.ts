/** The text encoder, which embeds words as the model does images. The first text opens it. */
import { cosineLimit, PlumageError, type TextModel } from "@plumage/models";
import type { TextTokenizer, Tokens } from "@plumage/models/text";
import type * as Ort from "onnxruntime-web/wasm";
import type { Asset } from "../files/asset.ts";
import type { Downloads } from "../files/downloads.ts";
import type { ActiveModel } from "./activeModel.ts";

export interface EmbeddedText {
  /** Unit length. */
  readonly embedding: Float32Array;
  /** Tokens of the text, with those that mark its start and end. */
  readonly tokens: number;
  /** Tokens that were embedded: fewer, if the text is longer than the encoder reads. */
  readonly used: number;
}

/** The files of a text encoder; a model that cannot be searched by words has none. */
export type TextAssets = Readonly<Partial<Record<"encoder" | "tokenizer", Asset>>>;

interface Opened {
  readonly tokenizer: Pick<TextTokenizer, "encode">;
  readonly contextLength: number;
  embed(tokens: Tokens): Promise<Float32Array>;
}

export class WordEmbedder {
  readonly #model: Pick<ActiveModel, "loaded" | "exclusive">;
  readonly #downloads: Promise<Pick<Downloads, "plan" | "get">>;
  readonly #assets: TextAssets;
  #opened: Promise<Opened> | undefined;

  constructor(
    model: Pick<ActiveModel, "loaded" | "exclusive">,
    downloads: Promise<Pick<Downloads, "plan" | "get">>,
    assets: TextAssets,
  ) {
    this.#model = model;
    this.#downloads = downloads;
    this.#assets = assets;
  }

  /**
   * Downloads the text encoder if need be.
   *
   * @throws PlumageError "unsupported" if there is no text encoder, or none of the providers gives
   *   its golden embeddings; if a download failed, its error
   */
  async embed(text: string): Promise<EmbeddedText> {
    this.#opened ??= this.#open().catch((error: unknown) => {
      // The next text tries again.
      this.#opened = undefined;
      throw error;
    });
    const { tokenizer, contextLength, embed } = await this.#opened;
    const tokens = tokenizer.encode(text);
    return {
      embedding: await embed(tokens),
      tokens: tokens.count,
      used: Math.min(tokens.count, contextLength),
    };
  }

  async #open(): Promise<Opened> {
    const { encoder: encoderAsset, tokenizer: tokenizerAsset } = this.#assets;
    const { manifest, runtime } = await this.#model.loaded;
    const { text } = manifest;
    if (!text || !encoderAsset || !tokenizerAsset)
      throw new PlumageError("unsupported", "this page cannot search by words", "use an image");
    const downloads = await this.#downloads;
    await downloads.plan([encoderAsset, tokenizerAsset]);
    const [encoder, json, { TextTokenizer, textGoldenCosine }] = await Promise.all([
      downloads.get(encoderAsset),
      downloads.get(tokenizerAsset),
      import("@plumage/models/text"),
    ]);
    const tokenizer = new TextTokenizer(new TextDecoder().decode(json), text);
    const minCosine = minCosineOf(text, encoderAsset);
    const outcomes: string[] = [];
    for (const provider of new Set([runtime.provider, "wasm"])) {
      try {
        const session = await this.#openSession(runtime.ort, provider, encoder);
        const embed = (tokens: Tokens) => this.#model.exclusive(() => session.embed(tokens));
        const cosine = await textGoldenCosine(text.goldens, tokenizer, embed);
        // NaN fails this comparison.
        if (cosine >= minCosine) return { tokenizer, contextLength: text.contextLength, embed };
        outcomes.push(`${provider}: wrong results (cosine ${cosine.toFixed(4)})`);
        await this.#model.exclusive(() => session.release());
      } catch (error) {
        outcomes.push(`${provider}: ${(error as Error).message.split("\n", 1)[0]}`);
      }
    }
    const message = `the text encoder cannot run in this browser: ${outcomes.join("; ")}`;
    throw new PlumageError("unsupported", message, "search by an image");
  }

  #openSession(ort: typeof Ort, provider: string, encoder: Uint8Array) {
    return this.#model.exclusive(async () => {
      const session = await ort.InferenceSession.create(encoder, {
        executionProviders: [provider],
        logSeverityLevel: 3,
      });
      return {
        async embed({ ids, mask }: Tokens): Promise<Float32Array> {
          const tensor = (data: Int32Array) => new ort.Tensor("int32", data, [1, data.length]);
          const outputs = await session.run({ ids: tensor(ids), mask: tensor(mask) });
          // Copied: the data may be a view of memory that onnxruntime reuses.
          const embedding = (outputs.embeddings!.data as Float32Array).slice();
          outputs.embeddings!.dispose();
          return embedding;
        },
        release: () => session.release(),
      };
    });
  }
}

/** The cosine that the page's file must reach with every golden text. */
function minCosineOf({ files }: TextModel, { sha256 }: Asset): number {
  const file = files.find((each) => each.sha256 === sha256) ?? files[0]!;
  return cosineLimit("page", file);
}
