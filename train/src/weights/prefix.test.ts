import { expect, test } from "vitest";
import { withoutPrefix } from "./prefix.ts";

const tensor = (...shape: number[]) => ({
  shape,
  read: async () => new Float32Array(shape.reduce((product, size) => product * size, 1)),
});
const shapes = new Map([
  ["conv1.weight", [2, 3]],
  ["layer1.0.conv1.weight", [4]],
  ["bn1.bias", [2]],
]);

test.each(["", "module.", "_orig_mod.module.", "module.encoder_q.", "trunk."])(
  'finds the network under the prefix "%s"',
  (prefix) => {
    const conv = tensor(2, 3);
    const tensors = new Map([
      [`${prefix}conv1.weight`, conv],
      [`${prefix}layer1.0.conv1.weight`, tensor(4)],
      ["head.conv1.weight", tensor(2, 3)],
    ]);
    const found = withoutPrefix(tensors, shapes);
    expect([...found.keys()]).toEqual(["conv1.weight", "layer1.0.conv1.weight"]);
    expect(found.get("conv1.weight")).toBe(conv);
  },
);

test.each([
  ["state_dict_ema.", "state_dict."],
  ["student.backbone.", "teacher.backbone."],
  ["module.encoder_k.", "module.encoder_q."],
])("prefers the network to its copy %s", (copy, network) => {
  const conv = tensor(2, 3);
  const tensors = new Map([
    [`${copy}conv1.weight`, tensor(2, 3)],
    [`${network}conv1.weight`, conv],
  ]);
  expect(withoutPrefix(tensors, shapes).get("conv1.weight")).toBe(conv);
});

test("takes bounded time for names of any length", () => {
  const tensors = new Map([[`${"a.".repeat(10_000_000)}conv1.weight`, tensor(2, 3)]]);
  expect(withoutPrefix(tensors, shapes).size).toBe(1);
});

test("finds nothing in another network", () => {
  expect(withoutPrefix(new Map([["features.0", tensor(1)]]), shapes).size).toBe(0);
});
