import { expect, it } from "vitest";
import { tinyArchitecture } from "../testing/index.ts";
import {
  type EncoderHead,
  encoderHeadSchema,
  networkInput,
  networkSchema,
  wholeNetwork,
} from "./encoderHead.ts";
import { parameterTable } from "./parameters.ts";

const head: EncoderHead = {
  name: "encoder-head",
  encoder: { source: "dino", sha256: "a".repeat(64) },
  features: ["S", "G"],
  channels: 12,
  imageSize: 32,
  resize: [{ fit: "crop", shorterSide: 40, size: 32, filter: "bicubic" }],
  descriptors: ["G"],
  dimension: 8,
  classes: 3,
};

it("has the head's parameters alone, for features of the encoder's length", () => {
  expect(parameterTable(head).map(({ name, shape }) => [name, shape])).toEqual([
    ["descriptors.G.linear.weight", [8, 12]],
    ["descriptors.G.norm.weight", [8]],
    ["descriptors.G.norm.bias", [8]],
    ["classifier.weight", [3, 12]],
    ["classifier.bias", [3]],
  ]);
});

it("reads features, and a whole network reads images", () => {
  expect(networkInput(head)).toEqual({ shape: [24], type: "float32" });
  expect(networkInput(tinyArchitecture(3))).toEqual({ shape: [32, 32, 3], type: "uint8" });
  expect(() => wholeNetwork(head)).toThrow("a head alone reads features, not images");
});

it("is told from a whole network by its name", () => {
  expect(networkSchema.parse(head)).toEqual(head);
  expect(networkSchema.parse(tinyArchitecture(3)).name).toBe("resnet-cgd");
  expect(encoderHeadSchema.safeParse({ ...head, features: [] }).success).toBe(false);
});
