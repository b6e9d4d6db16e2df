import type { ManifestFile } from "@plumage/models";
import { expect, test } from "vitest";
import { chosenFiles } from "./variants.ts";

const measured = (
  variant: ManifestFile["variant"],
  { form, ...measures }: Partial<ManifestFile> & { form?: string } = {},
) => ({
  row: {
    file: `embedder.${variant}.onnx`,
    variant,
    bytes: 1,
    sha256: "0".repeat(64),
    cosineMin: 1,
    ...measures,
  },
  bytes: new Uint8Array(1),
  ...(form ? { form } : {}),
});

const fp32 = measured("fp32");
const [computing, storing] = ["computation in 8 bits", "weights of 8 bits"];

test.each<[ReturnType<typeof measured>, RegExp]>([
  [measured("fp16", { cosineMin: 0.99 }), /fp16\S+ is not written: a cosine to fp32 is 0\.990000/],
  [measured("fp16", { cosineMin: Number.NaN }), /is NaN, below 0\.999$/],
  [
    measured("int8", { precisionAt1Delta: -0.54, form: computing }),
    /int8\S+ with computation in 8 bits is not written: it loses 0\.54 .* P@1, more than 0\.5$/,
  ],
])("says why a variant is not written", (variant, reason) => {
  const printed: string[] = [];
  expect(chosenFiles([fp32, variant], (line) => printed.push(line))).toEqual([fp32]);
  expect(printed).toEqual([expect.stringMatching(reason)]);
});

test("prefers to compute in 8 bits, where that keeps the limits", () => {
  const half = measured("fp16", { cosineMin: 0.9995 });
  const good = measured("int8", { cosineMin: 0.98, precisionAt1Delta: -0.5, form: computing });
  const bad = measured("int8", { precisionAt1Delta: -0.6, form: computing });
  const weights = measured("int8", { precisionAt1Delta: -0.1, form: storing });
  const printed: string[] = [];
  const choose = (...files: Parameters<typeof chosenFiles>[0]) =>
    chosenFiles([fp32, half, ...files], (line) => printed.push(line)).at(-1);
  expect(choose(good, weights)).toBe(good);
  expect(choose(bad, weights)).toBe(weights);
  expect(printed.at(-1)).toBe("embedder.int8.onnx: weights of 8 bits");
  expect(choose(bad)).toBe(half);
});
