import "../tensors.ts";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomParameters, tinyArchitecture } from "@plumage/models/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { generatedItems } from "../../test/generated.ts";
import { loadPixels, mirrored } from "../data/batches/pixels.ts";
import { openNetwork } from "../engine/recorded/networkSession.ts";
import { embedItems } from "./embedItems.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "plumage-held-out-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

test.each([{ resize: undefined }, { resize: [37, 32] }])(
  "resizes images as the network requires: $resize",
  async (way) => {
    const [item] = await generatedItems(folder, 1, 1);
    const architecture = { ...tinyArchitecture(3), ...(way.resize ? { resize: way.resize } : {}) };
    const parameters = randomParameters(architecture, 3);
    const network = await openNetwork(architecture, parameters);
    const embed = async (sides: number[]) =>
      (await network.run(await loadPixels(item!, sides), 1)).embeddings;
    const [once, twice] = [Array.from(await embed([32])), Array.from(await embed([37, 32]))];
    await network.close();
    expect(once).not.toEqual(twice);
    const found = await embedItems(
      "a test",
      { architecture, parameters },
      [item!],
      new AbortController().signal,
    );
    expect(Array.from(found.embeddings)).toEqual(way.resize ? twice : once);
  },
);

test("with flip, embeds the mean of an image and its mirror image", async () => {
  const items = await generatedItems(folder, 2, 2);
  const architecture = tinyArchitecture(3);
  const parameters = randomParameters(architecture, 3);
  const network = await openNetwork(architecture, parameters);
  const { signal } = new AbortController();
  const found = await embedItems("a test", { architecture, parameters }, items, signal, true);
  for (const [i, item] of items.entries()) {
    const pixels = await loadPixels(item, 32);
    const [plain, mirror] = [
      await network.run(pixels, 1),
      await network.run(mirrored(pixels, 32), 1),
    ];
    const sum = plain.embeddings.map((each, j) => each + mirror.embeddings[j]!);
    const length = Math.hypot(...sum);
    const row = found.embeddings.subarray(i * sum.length, (i + 1) * sum.length);
    sum.forEach((each, j) => {
      expect(row[j]).toBeCloseTo(each / length, 5);
    });
    const pooled = found.pooled.subarray(i * plain.pooled.length, (i + 1) * plain.pooled.length);
    pooled.forEach((each, j) => {
      expect(each).toBeCloseTo((plain.pooled[j]! + mirror.pooled[j]!) / 2, 5);
    });
    expect(Math.hypot(...row)).toBeCloseTo(1, 5);
    expect(
      Math.max(...row.map((each, j) => Math.abs(each - plain.embeddings[j]!))),
    ).toBeGreaterThan(1e-4);
  }
  await network.close();
});
