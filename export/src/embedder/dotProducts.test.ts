import { normal, plainDotProducts } from "@plumage/models";
import { expect, test } from "vitest";
import { onnxDotProducts } from "./dotProducts.ts";

test("equals plain loops", async () => {
  const dimension = 17;
  const next = normal(1);
  const rows = (count: number) => Float32Array.from({ length: count * dimension }, next);
  const [plain, onnx] = [await plainDotProducts(dimension), await onnxDotProducts(dimension)];
  for (const [queries, references] of [
    [rows(1), rows(9)],
    [rows(40), rows(33)],
  ] as const) {
    const expected = await plain.multiply(queries, references);
    const products = await onnx.multiply(queries, references);
    expect(products.length).toBe(expected.length);
    products.forEach((product, i) => {
      expect(product).toBeCloseTo(expected[i]!, 4);
    });
  }
  await onnx.release?.();
});
