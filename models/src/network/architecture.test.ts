import { expect, test } from "vitest";
import { architectureSchema, descriptorsSchema, resnet50Cgd } from "./architecture.ts";

test("parses descriptors in their order", () => {
  expect(descriptorsSchema.parse("MG")).toEqual(["M", "G"]);
  expect(descriptorsSchema.parse("gsm")).toEqual(["G", "S", "M"]);
  for (const wrong of ["", "X", "MM", "SMGS", "M,G"])
    expect(descriptorsSchema.safeParse(wrong).success).toBe(false);
});

test("resnet50Cgd takes the options, and the tutorial's values for the rest", () => {
  const plain = resnet50Cgd(100, 224);
  expect(plain).toMatchObject({
    descriptors: ["M", "G"],
    dimension: 1536,
    classes: 100,
    imageSize: 224,
  });
  const chosen = resnet50Cgd(100, 224, { descriptors: ["S"], dimension: 512, lastStride: 1 });
  expect(architectureSchema.parse(chosen)).toEqual({
    ...plain,
    descriptors: ["S"],
    dimension: 512,
    lastStride: 1,
  });
});
