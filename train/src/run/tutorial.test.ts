/**
 * Compares fifty steps of the tutorial's training with those of PyTorch and
 * pytorch-metric-learning, recorded by fixtures/tutorial_run.py.
 */
import "../tensors.ts";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { tinyArchitecture } from "@plumage/models/testing";
import { expect, test } from "vitest";
import { z } from "zod";
import { eagerEngine } from "../engine/eager/eagerEngine.ts";
import { openNetwork } from "../engine/recorded/networkSession.ts";
import { recordedEngine } from "../engine/recorded/recordedEngine.ts";
import { freshState } from "../engine/state.ts";
import { initialWeights } from "../weights/initialWeights.ts";
import { recipes } from "./recipe.ts";

const fixture = (name: string) =>
  fileURLToPath(new URL(`../../test/fixtures/${name}`, import.meta.url));
const {
  side: size,
  pixels,
  labels,
  steps,
  embeddings,
} = z
  .object({
    side: z.int(),
    pixels: z.base64().transform((text) => Buffer.from(text, "base64")),
    labels: z.array(z.int()),
    steps: z
      .array(
        z.object({
          rate: z.number(),
          items: z.array(z.int()),
          minedTriplets: z.int(),
          loss: z.number(),
          classification: z.number(),
          triplet: z.number(),
        }),
      )
      .length(50),
    embeddings: z.array(z.array(z.number())),
  })
  .parse(JSON.parse(readFileSync(fixture("tutorial_run.json"), "utf8")));

const architecture = { ...tinyArchitecture(new Set(labels).size, size), width: 4 };
const image = (item: number) =>
  pixels.subarray(item * size * size * 3, (item + 1) * size * size * 3);

test("the recorded loss decreases and most of its steps mine triplets", () => {
  expect(steps.at(-1)!.loss).toBeLessThan(0.8 * steps[0]!.loss);
  expect(steps.filter(({ minedTriplets }) => minedTriplets > 0).length).toBeGreaterThan(20);
});

test.each([
  { engine: recordedEngine(1), microBatch: 16, stepCount: 50 },
  { engine: recordedEngine(1), microBatch: 4, stepCount: 50 },
  // Fewer steps: tfjs's cpu backend takes a second per step.
  { engine: eagerEngine("cpu", "tfjs eager"), microBatch: 16, stepCount: 10 },
])(
  "$engine.description, micro-batches of $microBatch: equals PyTorch's losses and embeddings",
  async (way) => {
    const first = await initialWeights(fixture("tutorial_run.pth"), architecture, 1);
    expect(first.fresh).toEqual([]);
    const batch = steps[0]!.items.length;
    const run = await way.engine.start(
      { architecture, options: recipes.tutorial, batch, microBatch: way.microBatch },
      freshState(architecture, first.parameters),
    );
    for (const [at, { rate, items, ...expected }] of steps.slice(0, way.stepCount).entries()) {
      const input = Buffer.concat(items.map(image));
      const actual = await run.step(
        { input, labels: Int32Array.from(items, (item) => labels[item]!) },
        rate,
      );
      // Rounding decides whether a negative exactly as near as the positive is mined.
      expect(
        Math.abs(actual.minedTriplets - expected.minedTriplets),
        `triplets of step ${at}`,
      ).toBeLessThanOrEqual(1);
      for (const name of ["loss", "classification", "triplet"] as const) {
        const error = Math.abs(actual[name] - expected[name]) / expected.loss;
        expect(error, `${name} of step ${at}`).toBeLessThan(1e-4);
      }
    }
    if (way.stepCount < steps.length) return run.close();
    const { parameters } = await run.state();
    const network = await openNetwork(architecture, parameters);
    const ours = (await network.run(pixels, labels.length)).embeddings;
    await network.close();
    await run.close();
    for (const [item, theirs] of embeddings.entries()) {
      const cosine = theirs.reduce(
        (sum, value, i) => sum + value * ours[item * architecture.dimension + i]!,
        0,
      );
      expect(cosine, `embedding ${item}`).toBeGreaterThan(0.999);
    }
  },
);
