import { readFileSync } from "node:fs";
import { PlumageError, type TextModel } from "@plumage/models";
import { encodeTextGolden, TextTokenizer, type Tokens } from "@plumage/models/text";
import { expect, test, vi } from "vitest";
import type { LoadedModel } from "./loadModel.ts";
import { WordEmbedder } from "./wordEmbedder.ts";

const json = readFileSync(
  new URL("../../../../models/test/fixtures/tokenizers/clip.json", import.meta.url),
);
const settings = { contextLength: 8, padding: 0, lowercase: false };
const tokenizer = new TextTokenizer(json.toString(), settings);

/** The first and the last token, scaled to unit length. */
function embeddingOf({ ids }: Pick<Tokens, "ids">): Float32Array {
  const length = Math.hypot(ids[1]!, ids[2]!);
  return Float32Array.of(ids[1]! / length, ids[2]! / length);
}
const goldens = ["a red bird", "two boats"].map((text) => {
  const tokens = tokenizer.encode(text);
  return encodeTextGolden(text, tokens, embeddingOf(tokens));
});
const asset = (name: string) => ({ name, url: name, bytes: 1, sha256: name });
const text = {
  ...settings,
  goldens,
  files: [{ variant: "fp16", file: "", bytes: 1, sha256: "encoder", cosineMin: 1 }],
} as unknown as TextModel;

/** onnxruntime-web, whose providers give what `embed` says. */
function fakeModel(provider: string, embed: (provider: string, ids: Int32Array) => Float32Array) {
  const opened: string[] = [];
  const ort = {
    Tensor: class {
      readonly data: Int32Array;
      constructor(_: string, data: Int32Array) {
        this.data = data;
      }
    },
    InferenceSession: {
      create: async (_: Uint8Array, { executionProviders }: { executionProviders: string[] }) => {
        const [name] = executionProviders as [string];
        opened.push(name);
        return {
          run: async ({ ids }: { ids: { data: Int32Array } }) => ({
            embeddings: { data: embed(name, ids.data), dispose: () => undefined },
          }),
          release: async () => undefined,
        };
      },
    },
  };
  const loaded = { manifest: { text }, runtime: { ort, provider } } as unknown as LoadedModel;
  const model = {
    loaded: Promise.resolve(loaded),
    exclusive: <T>(task: () => Promise<T>) => task(),
  };
  return { model, opened };
}

const right = (_: string, ids: Int32Array) =>
  embeddingOf({ ids: Int32Array.from(ids) as Int32Array<ArrayBuffer> });
const get = vi.fn(async ({ name }: { name: string }) =>
  Uint8Array.from(name === "tokenizer" ? json : [1]),
);
const downloads = Promise.resolve({ plan: async () => false, get });
const assets = { encoder: asset("encoder"), tokenizer: asset("tokenizer") };

test("opens the text encoder once, and says how much of a text was used", async () => {
  get.mockClear();
  const { model, opened } = fakeModel("wasm", right);
  const words = new WordEmbedder(model, downloads, assets);
  const [short] = await Promise.all([words.embed("red"), words.embed("blue")]);
  expect(short).toEqual({
    embedding: embeddingOf(tokenizer.encode("red")),
    tokens: 3,
    used: 3,
  });
  const long = await words.embed("red ".repeat(20));
  expect(long).toMatchObject({ tokens: 22, used: 8 });
  expect(opened).toEqual(["wasm"]);
  expect(get).toHaveBeenCalledTimes(2);
});

test("uses WebAssembly where WebGPU gives wrong results", async () => {
  const wrong = (provider: string, ids: Int32Array) =>
    provider === "webgpu" ? Float32Array.of(Number.NaN, 0) : right(provider, ids);
  const { model, opened } = fakeModel("webgpu", wrong);
  const { embedding } = await new WordEmbedder(model, downloads, assets).embed("red");
  expect(opened).toEqual(["webgpu", "wasm"]);
  expect(embedding).toEqual(embeddingOf(tokenizer.encode("red")));
});

test("says why no provider can be used", async () => {
  const { model } = fakeModel("webgpu", (provider) => {
    if (provider === "wasm") throw new Error("out of memory");
    return Float32Array.of(-1, 0);
  });
  await expect(new WordEmbedder(model, downloads, assets).embed("red")).rejects.toMatchObject({
    code: "unsupported",
    message: expect.stringMatching(/webgpu: wrong results \(cosine -.*\); wasm: out of memory$/),
  });
});

test("tries again after a failed download", async () => {
  const { model } = fakeModel("wasm", right);
  const words = new WordEmbedder(model, downloads, assets);
  get.mockRejectedValueOnce(new PlumageError("unavailable", "no network"));
  await expect(words.embed("red")).rejects.toThrow("no network");
  expect((await words.embed("red")).tokens).toBe(3);
});

test("refuses words if the page has no text encoder", async () => {
  const { model } = fakeModel("wasm", right);
  await expect(new WordEmbedder(model, downloads, {}).embed("red")).rejects.toMatchObject({
    code: "unsupported",
  });
});
