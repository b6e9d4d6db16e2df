import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { classNumbers, type Item } from "@plumage/models";
import { randomParameters, tinyArchitecture } from "@plumage/models/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { generatedItems } from "../../test/generated.ts";
import { loadPixels } from "../data/batches/pixels.ts";
import { recordedEngine } from "../engine/recorded/recordedEngine.ts";
import { freshState } from "../engine/state.ts";
import { embedItems } from "../evaluation/embedItems.ts";
import { imageSource } from "../run/source.ts";
import { everyClassVector, relativeError, stepOptions } from "../testing/tensors.ts";
import { backboneEncoder } from "./backbone.ts";
import { featureSource } from "./featureSource.ts";
import { encodeItems } from "./features.ts";

let root: string;
let items: Item[];
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "plumage-head-"));
  items = await generatedItems(join(root, "images"), 2, 4);
});
afterAll(() => rmSync(root, { recursive: true }));

const architecture = { ...tinyArchitecture(2), ...everyClassVector };
const parameters = randomParameters(architecture, 3);
const { signal } = new AbortController();
const silent = () => undefined;
const batch = 8;
const plan = {
  architecture,
  options: { ...stepOptions, freeze: "layer4" as const, ema: 0.9 },
  batch,
};

async function headSource() {
  const { bytes, shape } = backboneEncoder(architecture, parameters, "tiny");
  const features = await encodeItems({ bytes, shape }, items, signal, silent, join(root, "cache"));
  return featureSource(shape, features);
}

it("trains the head as the whole network does whose backbone is frozen", async () => {
  const labels = classNumbers(items);
  const state = freshState(architecture, parameters);
  const whole = await imageSource.start(recordedEngine(1), plan, state);
  const source = await headSource();
  const head = await source.start(recordedEngine(1), plan, state);
  const loader = source.openLoader({
    items,
    classes: labels,
    sample: () => [...items.keys()],
    seed: 1,
    imageSize: 32,
    augmentation: "light",
  });
  const images = Buffer.concat(await Promise.all(items.map((item) => loadPixels(item, [32]))));
  for (let step = 0; step < 12; step++) {
    const expected = await whole.step({ input: new Uint8Array(images), labels }, 1e-2);
    const { input, labels: found } = await loader.batch(step);
    expect(found).toEqual(labels);
    const { loss } = await head.step({ input, labels: found }, 1e-2);
    expect(loss).toBeCloseTo(expected.loss, 3);
  }
  const [expected, trained] = [await whole.state(), await head.state()];
  expect(trained.iteration).toBe(12);
  for (const which of ["parameters", "average", "expAvg", "expAvgSq"] as const) {
    expect([...trained[which]!.keys()].sort()).toEqual([...expected[which]!.keys()].sort());
    for (const [name, values] of expected[which]!)
      expect(relativeError(trained[which]!.get(name)!, values), `${which} ${name}`).toBeLessThan(
        2e-3,
      );
  }
  await whole.close();
  await head.close();
});

it("embeds as the whole network does", async () => {
  const network = { architecture, parameters };
  const expected = await embedItems("whole", network, items, signal);
  const { embeddings, pooled } = await (await headSource()).embed("head", network, items, signal);
  expect(relativeError(embeddings, expected.embeddings)).toBeLessThan(1e-4);
  expect(relativeError(pooled, expected.pooled)).toBeLessThan(1e-4);
});
