import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Manifest } from "@plumage/models";
import { repositoryRoot } from "@plumage/models/node";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { writePair } from "../../test/support/pair.ts";
import { type EmbedderService, openEmbedderService } from "./embedderService.ts";

const expected = z
  .object({
    texts: z.array(z.string()),
    embeddings: z.object({ text_embeds: z.array(z.array(z.number())) }),
  })
  .parse(
    JSON.parse(readFileSync(join(repositoryRoot(), "export/test/fixtures/pair/pair.json"), "utf8")),
  );

let pair: string;
let manifest: Manifest;
let folder: string;
let embedder: EmbedderService | undefined;
beforeAll(async () => {
  pair = mkdtempSync(join(tmpdir(), "plumage-pair-"));
  manifest = await writePair(pair);
});
afterAll(() => rmSync(pair, { recursive: true }));
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plumage-embedder-"));
  cpSync(pair, folder, { recursive: true });
});
afterEach(async () => {
  await embedder?.close();
  embedder = undefined;
  rmSync(folder, { recursive: true });
});
const open = async (maxQueue = 8) => {
  embedder = await openEmbedderService(folder, { threads: 1, maxBatch: 4, maxQueue });
  return embedder;
};

test("embeds texts as PyTorch does", async () => {
  const { embedText } = await open();
  for (const [i, text] of expected.texts.entries()) {
    const { embedding } = await embedText(text);
    for (const [at, value] of expected.embeddings.text_embeds[i]!.entries())
      expect(embedding[at]).toBeCloseTo(value, 4);
  }
});

test("refuses texts beyond the queue's limit and embeds the others", async () => {
  const { embedText } = await open(2);
  const answers = await Promise.allSettled(["a", "b", "c", "d"].map((text) => embedText(text)));
  // One runs, two wait.
  expect(answers.map(({ status }) => status)).toEqual([...Array(3).fill("fulfilled"), "rejected"]);
  expect(answers[3]).toMatchObject({ reason: { code: "unavailable" } });
});

test.each(["text.onnx", "tokenizer.json"])(
  "a damaged %s stops searches by text, but not those by image",
  async (file) => {
    appendFileSync(join(folder, file), " ");
    const { embed, embedText } = await open();
    for (let i = 0; i < 2; i++)
      await expect(embedText("red")).rejects.toMatchObject({
        code: "mismatch",
        message: `${file} does not match its digest in model.json`,
      });
    expect((await embed(new Uint8Array(32 * 32 * 3))).embedding).toHaveLength(manifest.dimension);
    // Without a restart, once the file is back.
    cpSync(join(pair, file), join(folder, file));
    expect((await embedText("red")).embedding).toHaveLength(manifest.dimension);
  },
);

test("rejects a runtime that does not reproduce the golden texts", async () => {
  const text = manifest.text!;
  const rewrite = (golden: object) =>
    writeFileSync(
      join(folder, "model.json"),
      JSON.stringify({
        ...manifest,
        text: { ...text, goldens: [{ ...text.goldens[0], ...golden }] },
      }),
    );
  rewrite({ embedding: text.goldens[1]!.embedding });
  await expect((await open()).embedText("red")).rejects.toThrow(/golden embeddings of the text/);
  await embedder!.close();
  rewrite({ ids: [1, 2, 3] });
  await expect((await open()).embedText("red")).rejects.toThrow(/tokens of the golden text "a ph/);
});
