import "../tensors.ts";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomParameters, tinyArchitecture } from "@plumage/models/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { generatedItems } from "../../test/generated.ts";
import { loadPixels } from "../data/batches/pixels.ts";
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
