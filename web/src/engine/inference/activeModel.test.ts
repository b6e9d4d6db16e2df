import { PlumageError } from "@plumage/models";
import { expect, test, vi } from "vitest";
import { ActiveModel } from "./activeModel.ts";
import type { LoadedModel } from "./loadModel.ts";

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
const golden = (pixels: number[], embedding: number[]) => ({
  pixels: base64(Uint8Array.from(pixels)),
  embedding: base64(new Uint8Array(Float32Array.from(embedding).buffer)),
});
const goldens = [golden([3, 4], [0.6, 0.8]), golden([4, 3], [0.8, 0.6]), golden([5, 0], [1, 0])];

/** Embeds an image of two values as those values, scaled to unit length. */
const correct = async (pixels: Uint8Array) => {
  const length = Math.hypot(...pixels);
  return Float32Array.from(pixels, (value) => value / length);
};
const wrong = async () => Float32Array.of(0, 1);

/** As loadModel leaves it, with the first golden checked. */
function loaded(
  embed: LoadedModel["session"]["embed"],
  loadNext: LoadedModel["loadNext"] = async () => Promise.reject(),
): LoadedModel {
  const timings = { files: 1, session: 1, goldens: 1 };
  return {
    manifest: { goldens } as unknown as LoadedModel["manifest"],
    session: { embed },
    runtime: undefined as unknown as LoadedModel["runtime"],
    info: { goldens: { checked: 1, cosine: 1 }, timings } as unknown as LoadedModel["info"],
    minCosine: 0.999,
    loadNext,
  };
}
const pixels = (...values: number[]) => Uint8Array.from(values);

test("a model that passes all goldens stays, and reports how many and how well", async () => {
  const embed = vi.fn(correct);
  const first = loaded(embed);
  const verified = await new ActiveModel(async () => first).verify();
  expect(verified.session).toBe(first.session);
  expect(verified.info.goldens.checked).toBe(3);
  expect(verified.info.goldens.cosine).toBeCloseTo(1, 6);
  // Loading has checked the first.
  expect(embed.mock.calls).toEqual([[pixels(4, 3)], [pixels(5, 0)]]);
});

test("searches run between golden checks", async () => {
  const order: string[] = [];
  const embed = async (image: Uint8Array) => {
    order.push(image.join(","));
    return correct(image);
  };
  const model = new ActiveModel(async () => loaded(embed));
  const verifying = model.verify();
  await model.loaded;
  await Promise.all([verifying, model.embed(pixels(9, 9))]);
  expect(order).toEqual(["4,3", "9,9", "5,0"]);
});

const failing = () => Promise.reject(new Error("device lost\n at somewhere"));
const undefinedResults = async () => Float32Array.of(Number.NaN, 1);
test.each([
  ["wrong results", wrong, "wrong results (cosine 0.0000 to the reference embeddings)"],
  ["NaN", undefinedResults, "wrong results (cosine NaN to the reference embeddings)"],
  ["an error", failing, "device lost"],
])("after %s the next candidate takes over", async (_, embed, outcome) => {
  const next = loaded(correct);
  const loadNext = vi.fn(async () => next);
  const model = new ActiveModel(async () => loaded(embed, loadNext));
  const verified = await model.verify();
  expect(loadNext.mock.calls).toEqual([[outcome]]);
  expect(verified.session).toBe(next.session);
  expect(await model.loaded).toBe(next);
  expect(Array.from(await model.embed(pixels(0, 7)))).toEqual([0, 1]);
});

test("calls wait for the next candidate while it loads", async () => {
  let resolve!: (next: LoadedModel) => void;
  const loadNext = vi.fn(() => new Promise<LoadedModel>((done) => (resolve = done)));
  const model = new ActiveModel(async () => loaded(wrong, loadNext));
  const verifying = model.verify();
  await vi.waitFor(() => expect(loadNext).toHaveBeenCalled());
  const embedding = model.embed(pixels(8, 0));
  resolve(loaded(correct));
  expect(Array.from(await embedding)).toEqual([1, 0]);
  await verifying;
});

test("rejects checks and calls when no candidate is left", async () => {
  const none = new PlumageError("unsupported", "the model cannot run in this browser");
  const model = new ActiveModel(async () => loaded(wrong, () => Promise.reject(none)));
  await expect(model.verify()).rejects.toBe(none);
  await expect(model.embed(pixels(1, 1))).rejects.toBe(none);
});
