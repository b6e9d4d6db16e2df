import { fromBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "onnx-buf";
import { describe, expect, test } from "vitest";
import { images, onnxModel } from "../../test/onnxModels.ts";
import { imageInput } from "./input.ts";
import type { ImportChoices } from "./options.ts";

type Shape = readonly (number | string | null)[];

const inputOf = (shape: Shape, choices: ImportChoices = {}, more: readonly string[] = []) => {
  const inputs = [{ ...images, shape }, ...more.map((name) => ({ ...images, name }))];
  const { graph } = fromBinary(ModelProtoSchema, onnxModel({ inputs }));
  return imageInput(graph!, { preset: "imagenet", ...choices });
};

test.each<[Shape, ImportChoices, object]>([
  [["N", 3, 224, 224], {}, { layout: "nchw", size: 224, oneImage: false }],
  [[1, 64, 64, 3], {}, { layout: "nhwc", size: 64, oneImage: true }],
  [["N", 3, "h", "w"], {}, { layout: "nchw", size: 224 }],
  [[-1, 3, -1, -1], { size: 96 }, { layout: "nchw", size: 96 }],
  [["N", 3, 48, "w"], {}, { size: 48 }],
  [[null, null, null, null], { layout: "nhwc" }, { layout: "nhwc", size: 224 }],
])("reads %j", (shape, choices, expected) => {
  expect(inputOf(shape, choices)).toMatchObject(expected);
});

test("mean and std replace the preset's", () => {
  expect(inputOf(["N", 3, 32, 32], { mean: [0, 0, 0] }).normalization).toEqual({
    mean: [0, 0, 0],
    std: [0.229, 0.224, 0.225],
  });
});

test("weights among the inputs, as before IR version 4, are no images", () => {
  const inputs = [images, { name: "w", type: "float32", shape: [3] }] as const;
  const bytes = onnxModel({ inputs, initializer: [{ name: "w", dataType: 1, dims: [3n] }] });
  const { graph } = fromBinary(ModelProtoSchema, bytes);
  expect(imageInput(graph!, { preset: "imagenet" }).name).toBe("x");
});

describe("rejects", () => {
  test.each<[string, Shape, ImportChoices, string, RegExp]>([
    ["an open layout", ["a", "b", "c", "d"], {}, "bad-input", /add --layout nchw or/],
    ["gray images", ["N", 1, 32, 32], {}, "unsupported", /no axis has 3 channels/],
    ["a fixed batch of 8", [8, 3, 32, 32], {}, "unsupported", /exactly 8 images/],
    ["a rectangle", ["N", 3, 32, 64], {}, "unsupported", /64 x 32 pixels, not a square/],
    ["tiny images", ["N", 3, 16, 16], {}, "unsupported", /at least 32/],
    ["text", ["N", 77], {}, "unsupported", /has 2 axes, not 4/],
    ["another size", ["N", 3, 32, 32], { size: 64 }, "bad-input", /leave --size out/],
  ])("%s", (_, shape, choices, code, line) => {
    expect(() => inputOf(shape, choices)).toThrow(
      expect.objectContaining({ code, line: expect.stringMatching(line) }),
    );
  });

  test("a second input", () => {
    expect(() => inputOf(["N", 3, 32, 32], {}, ["ids"])).toThrow(
      expect.objectContaining({ line: expect.stringMatching(/several inputs: x, ids - export/) }),
    );
  });
});
