import { PlumageError } from "@plumage/models";
import { expect, test, vi } from "vitest";
import type { RuntimeInfo } from "../protocol.ts";
import { Model } from "./activeModel.ts";
import type { Embedder } from "./loadModel.ts";

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
const golden = (pixels: number[], embedding: number[]) => ({
  pixels: base64(Uint8Array.from(pixels)),
  embedding: base64(new Uint8Array(Float32Array.from(embedding).buffer)),
});
/** Two numbers of an image of two: its own, at unit length. */
const right = async (pixels: Uint8Array) => {
  const length = Math.hypot(...pixels);
  return Float32Array.from(pixels, (value) => value / length);
};
const goldens = [golden([3, 4], [0.6, 0.8]), golden([4, 3], [0.8, 0.6]), golden([5, 0], [1, 0])];

/** As openEmbedder leaves it: the first golden has been computed. */
function embedder(
  embed: Embedder["session"]["embed"],
  next: Embedder["next"] = async () => Promise.reject(),
): Embedder {
  const info = { goldens: { checked: 1, cosine: 1 }, timings: { files: 1, session: 1, probe: 1 } };
  return {
    manifest: { goldens } as unknown as Embedder["manifest"],
    session: { embed },
    info: info as unknown as Omit<RuntimeInfo, "storage">,
    least: 0.999,
    next,
  };
}
const pixels = (...values: number[]) => Uint8Array.from(values);

test("one that gives all goldens stays, and says how many and how well", async () => {
  const embed = vi.fn(right);
  const first = embedder(embed);
  const model = new Model(async () => first);
  const checked = await model.check();
  expect(checked.session).toBe(first.session);
  expect(checked.info.goldens.checked).toBe(3);
  expect(checked.info.goldens.cosine).toBeCloseTo(1, 6);
  // The first was computed when it was opened.
  expect(embed.mock.calls).toEqual([[pixels(4, 3)], [pixels(5, 0)]]);
});

test("searches come between the goldens", async () => {
  const order: string[] = [];
  const embed = async (image: Uint8Array) => {
    order.push(image.join(","));
    return right(image);
  };
  const model = new Model(async () => embedder(embed));
  const checking = model.check();
  await model.opened;
  const searching = model.embed(pixels(9, 9));
  await Promise.all([checking, searching]);
  expect(order).toEqual(["4,3", "9,9", "5,0"]);
});

test.each<[string, Embedder["session"]["embed"], string]>([
  [
    "a wrong embedding",
    async () => Float32Array.of(0, 1),
    "wrong results (cosine 0.0000 with the known answers)",
  ],
  [
    "no number",
    async () => Float32Array.of(Number.NaN, 1),
    "wrong results (cosine NaN with the known answers)",
  ],
  ["an error", () => Promise.reject(new Error("device lost\n at somewhere")), "device lost"],
])(
  "%s for a later golden: the next takes over, and answers what is asked from then on",
  async (_, embed, outcome) => {
    const other = embedder(right);
    const next = vi.fn(async () => other);
    const model = new Model(async () => embedder(embed, next));
    const checked = await model.check();
    expect(next.mock.calls).toEqual([[outcome]]);
    expect(checked.session).toBe(other.session);
    expect(await model.opened).toBe(other);
    expect(Array.from(await model.embed(pixels(0, 7)))).toEqual([0, 1]);
  },
);

test("what is asked while the next one opens waits for it", async () => {
  let open: ((embedder: Embedder) => void) | undefined;
  const next = () => new Promise<Embedder>((resolve) => (open = resolve));
  const model = new Model(async () => embedder(async () => Float32Array.of(0, 1), next));
  const checking = model.check();
  await vi.waitFor(() => expect(open).toBeDefined());
  const meanwhile = model.embed(pixels(8, 0));
  open!(embedder(right));
  expect(Array.from(await meanwhile)).toEqual([1, 0]);
  await checking;
});

test("where nothing is left, checking and searching say so", async () => {
  const none = new PlumageError("unsupported", "the model cannot run in this browser");
  const wrong = async () => Float32Array.of(0, 1);
  const model = new Model(async () => embedder(wrong, () => Promise.reject(none)));
  await expect(model.check()).rejects.toBe(none);
  await expect(model.embed(pixels(1, 1))).rejects.toBe(none);
});
