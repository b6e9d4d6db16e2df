import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cosine, goldenEmbedding, type TextModel, textFiles } from "@plumage/models";
import { readManifest, repositoryRoot, sha256File } from "@plumage/models/node";
import * as ort from "@plumage/models/onnxruntime";
import { TextTokenizer, textGoldenCosine } from "@plumage/models/text";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { onnxModel } from "../../../test/onnxModels.ts";
import { importModel } from "../../importModel.ts";
import type { ImportChoices } from "../options.ts";
import type { TextSource } from "./options.ts";
import { tokenTensors } from "./reference.ts";

const fixtures = join(repositoryRoot(), "export", "test", "fixtures", "pair");
const tokenizers = join(repositoryRoot(), "models", "test", "fixtures", "tokenizers");
const expected = z
  .object({
    texts: z.array(z.string()),
    embeddings: z.record(z.string(), z.array(z.array(z.number()))),
  })
  .parse(JSON.parse(readFileSync(join(fixtures, "pair.json"), "utf8")));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plumage-text-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const clip = {
  path: join(fixtures, "text.onnx"),
  tokenizer: join(tokenizers, "clip.json"),
  textOutput: "text_embeds",
};
const states = { ...clip, textOutput: "last_hidden_state" };
const siglip = {
  path: join(fixtures, "siglip.onnx"),
  tokenizer: join(tokenizers, "siglip.json"),
  textPad: "</s>",
};

async function run(text: TextSource | undefined, choices: ImportChoices = { preset: "clip" }) {
  const image = { path: join(fixtures, "image.onnx"), choices: { size: 32, ...choices } };
  await importModel("pair", folder, () => undefined, { ...image, text });
  return readManifest(folder);
}

/** Embeds texts by the files in the folder. */
async function embedTexts({ text }: { text?: TextModel | undefined }, variant = "fp32") {
  const tokenizer = new TextTokenizer(readFileSync(join(folder, "tokenizer.json"), "utf8"), text!);
  const { file } = text!.files.find((each) => each.variant === variant)!;
  const session = await ort.InferenceSession.create(join(folder, file));
  const embed = async (tokens: Parameters<typeof tokenTensors>[0]) => {
    const { embeddings } = await session.run(tokenTensors(tokens));
    return (embeddings!.data as Float32Array).slice();
  };
  const embeddings: Float32Array[] = [];
  for (const each of expected.texts) embeddings.push(await embed(tokenizer.encode(each)));
  const goldens = await textGoldenCosine(text!.goldens, tokenizer, embed);
  await session.release();
  return { embeddings, goldens };
}

describe("embeds texts as PyTorch does", () => {
  test.each<[string, TextSource, ImportChoices]>([
    ["text_embeds", clip, { preset: "clip" }],
    ["states, end", states, { preset: "clip" }],
    ["states, mean", { ...states, textPool: "mean" }, { preset: "clip" }],
    ["states, cls", { ...states, textPool: "cls" }, { preset: "clip" }],
    ["siglip, last", siglip, { preset: "siglip" }],
  ])("%s", async (name, source, choices) => {
    const manifest = await run(source, choices);
    const { embeddings, goldens } = await embedTexts(manifest);
    for (const [i, row] of expected.embeddings[name]!.entries())
      for (const [at, value] of row.entries()) expect(embeddings[i]![at]).toBeCloseTo(value, 4);
    expect(goldens).toBeGreaterThan(0.99999);
  });
});

test("writes what searching by words needs beside the image encoder", async () => {
  const { text, dimension } = await run(clip);
  expect(text).toMatchObject({
    source: { file: "text.onnx", sha256: await sha256File(clip.path) },
    tokenizer: { file: "tokenizer.json", sha256: await sha256File(clip.tokenizer) },
    contextLength: 77,
    lowercase: false,
    input: { ids: "input_ids", mask: "attention_mask", type: "int64" },
    output: { name: "text_embeds", shape: [dimension], pool: "none" },
  });
  for (const { file, sha256 } of [text!.tokenizer, ...text!.files])
    expect(await sha256File(join(folder, file))).toBe(sha256);
  // The last golden is longer than the context.
  expect(text!.goldens.at(-1)!.ids).toHaveLength(77);
});

test("a text is nearest to the image that it describes", async () => {
  const { embeddings } = await embedTexts(await run(clip));
  const images = expected.embeddings.images!;
  const nearest = (text: number) => {
    const scores = images.map((image) => cosine(image, embeddings[text]!));
    return scores.indexOf(Math.max(...scores));
  };
  // The images are red, blue, yellow and white.
  expect([nearest(0), nearest(1), nearest(3)]).toEqual([0, 1, 3]);
});

test("weights in half precision give nearly the same embeddings", async () => {
  const manifest = await run(clip);
  const [fp32, fp16] = manifest.text!.files;
  expect(fp16!.bytes).toBeLessThan(fp32!.bytes);
  const exact = await embedTexts(manifest);
  const half = await embedTexts(manifest, "fp16");
  for (const [i, embedding] of half.embeddings.entries())
    expect(cosine(embedding, exact.embeddings[i]!)).toBeGreaterThan(0.999);
  expect(half.goldens).toBeCloseTo(fp16!.cosineMin, 6);
});

test("a later import without the text encoder leaves nothing of it", async () => {
  const before = await run(clip);
  const manifest = await run(undefined);
  expect(manifest.text).toBeUndefined();
  for (const file of Object.values(textFiles)) expect(existsSync(join(folder, file))).toBe(false);
  expect(goldenEmbedding(manifest.goldens[0]!)).toEqual(goldenEmbedding(before.goldens[0]!));
});

describe("finds the padding", () => {
  const paddingOf = async (source: TextSource) =>
    (await run(source, { preset: "siglip" })).text!.padding;
  const copy = () => {
    cpSync(siglip.tokenizer, join(folder, "words.json"));
    return { ...siglip, tokenizer: join(folder, "words.json"), textPad: undefined };
  };

  test("in the options, tokenizer_config.json or tokenizer.json", async () => {
    expect(await paddingOf(siglip)).toBe(1);
    const source = copy();
    writeFileSync(join(folder, "tokenizer_config.json"), '{"pad_token":{"content":"<unk>"}}');
    expect(await paddingOf(source)).toBe(2);
    expect(await paddingOf({ ...source, textPad: "</s>" })).toBe(1);
    const json = JSON.parse(readFileSync(source.tokenizer, "utf8"));
    const padding = { strategy: { Fixed: 24 }, pad_id: 0, pad_token: "<pad>" };
    writeFileSync(source.tokenizer, JSON.stringify({ ...json, padding }));
    expect(await paddingOf(source)).toBe(0);
  });

  test("or asks for it, as an encoder that sees padding depends on it", async () => {
    await expect(paddingOf(copy())).rejects.toMatchObject({
      code: "bad-input",
      line: expect.stringMatching(/^words.json does not say .* add --text-pad TOKEN$/),
    });
    await expect(paddingOf({ ...siglip, textPad: "<none>" })).rejects.toThrow(/no token "<none>"/);
  });
});

describe("refuses in one line", () => {
  test.each<[string, TextSource, string, RegExp]>([
    ["one of several outputs", { ...clip, textOutput: undefined }, "bad-input", /--text-output/],
    ["an output that is none", { ...clip, textOutput: "x" }, "bad-input", /no value "x"/],
    ["a pooling of a vector", { ...clip, textPool: "end" }, "bad-input", /a vector already/],
    ["no pooling of states", { ...states, textPool: "none" }, "bad-input", /cls, end, last or/],
    ["another length", { ...siglip, textLength: 9 }, "bad-input", /takes 24 tokens/],
    ["an image encoder", { ...clip, path: join(fixtures, "image.onnx") }, "unsupported", /int64/],
    ["a missing tokenizer", { ...clip, tokenizer: "absent.json" }, "bad-file", /is missing/],
    ["another tokenizer", { ...clip, tokenizer: clip.path }, "bad-file", /is not JSON/],
  ])("%s", async (_, source, code, line) => {
    const failure = { code, line: expect.stringMatching(line) };
    await expect(run(source)).rejects.toMatchObject(failure);
    expect(existsSync(join(folder, "model.json"))).toBe(false);
  });

  test("embeddings of another dimension than the images'", async () => {
    const path = join(folder, "narrow.onnx");
    writeFileSync(
      path,
      onnxModel({
        inputs: [{ name: "input_ids", type: "int64", shape: ["N", 24] }],
        nodes: [{ type: "Cast", inputs: ["input_ids"], outputs: ["y"], attributes: { to: 1 } }],
      }),
    );
    await expect(run({ ...clip, path, textOutput: "y" })).rejects.toMatchObject({
      code: "mismatch",
      line: expect.stringMatching(/\[N, 24\], but the image encoder's embeddings have 8 values/),
    });
  });
});
