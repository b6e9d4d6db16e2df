import { expect, test } from "vitest";
import { withoutPrefix } from "./prefix.ts";

const tensor = (...shape: number[]) => ({
  shape,
  data: new Float32Array(shape.reduce((product, size) => product * size, 1)),
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

test("finds nothing in another network", () => {
  expect(withoutPrefix(new Map([["features.0", tensor(1)]]), shapes).size).toBe(0);
});
