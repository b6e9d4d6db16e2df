import type { EncoderShape } from "@plumage/models";
import { tinyArchitecture } from "@plumage/models/testing";
import { expect, it } from "vitest";
import { assertHeadOptions, planArchitecture } from "./planArchitecture.ts";

const recipe = { augmentation: "light", classVectors: { proxyAnchor: 1 } } as const;
const none = { size: undefined, descriptors: undefined, dimension: undefined, fineMap: false };
const shape: EncoderShape = {
  encoder: { source: "dino", sha256: "a".repeat(64) },
  features: ["S"],
  channels: 384,
  imageSize: 224,
  resize: [224],
};
const map: EncoderShape = { ...shape, features: ["S", "M", "G"], channels: 2048 };

it("plans a head on weights at 224 px, and a whole network at 64", () => {
  const base = { kind: "network", architecture: undefined } as const;
  expect(planArchitecture(none, 5, recipe, base)).toMatchObject({
    name: "resnet-cgd",
    imageSize: 224,
    descriptors: ["S", "G"],
    classes: 5,
    classVectors: { proxyAnchor: 1 },
  });
  expect(planArchitecture(none, 5, recipe, undefined)).toMatchObject({
    imageSize: 64,
    descriptors: ["M", "G"],
  });
});

it("keeps the head of a model that was trained here", () => {
  const architecture = { ...tinyArchitecture(3), classVectors: { arcFace: 2 } };
  expect(planArchitecture(none, 5, recipe, { kind: "network", architecture })).toEqual({
    ...architecture,
    classes: 5,
    classVectors: { proxyAnchor: 1 },
  });
});

it("projects a vector, and pools a map", () => {
  const onVector = planArchitecture(none, 5, recipe, { kind: "encoder", shape });
  expect(onVector).toMatchObject({ name: "encoder-head", descriptors: ["S"], dimension: 384 });
  const onMap = planArchitecture(none, 5, recipe, { kind: "encoder", shape: map });
  expect(onMap).toMatchObject({ descriptors: ["S", "G"], dimension: 1536 });
  const odd = { ...none, dimension: 101 };
  expect(planArchitecture(odd, 5, recipe, { kind: "encoder", shape }).dimension).toBe(101);
  expect(() => planArchitecture(odd, 5, recipe, { kind: "encoder", shape: map })).toThrow(
    "--dimension 101 is not a multiple of 2 descriptors",
  );
});

it("refuses options that the encoder decides, or that a head has no use for", () => {
  const base = { kind: "encoder", shape } as const;
  expect(() => planArchitecture({ ...none, size: 96 }, 5, recipe, base)).toThrow("--size is");
  expect(() => planArchitecture({ ...none, fineMap: true }, 5, recipe, base)).toThrow(
    "--fine-map is decided by the frozen encoder",
  );
  expect(() => assertHeadOptions(new Set(["backbone", "warmupSteps"]))).toThrow(
    "--warmup-steps does not apply with --backbone",
  );
  expect(() => assertHeadOptions(new Set(["backbone", "dimension"]))).not.toThrow();
});
