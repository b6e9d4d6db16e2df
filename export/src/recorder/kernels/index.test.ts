import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { binaryKernels } from "./binary.ts";
import { convKernels } from "./conv.ts";
import { lowerings } from "./index.ts";
import { matmulKernels } from "./matmul.ts";
import { poolKernels } from "./pool.ts";
import { reduceKernels } from "./reduce.ts";
import { selectionKernels } from "./selection.ts";
import { shapeKernels } from "./shape.ts";
import { unaryKernels } from "./unary.ts";

const subjects = {
  "one tensor": unaryKernels,
  "two tensors": binaryKernels,
  reductions: reduceKernels,
  shapes: shapeKernels,
  "selection, constants": selectionKernels,
  products: matmulKernels,
  convolutions: convKernels,
  pooling: poolKernels,
};

test("the README lists every kernel under its subject", () => {
  const file = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");
  const readme = file.replaceAll(/\s+/g, " ");
  for (const [subject, table] of Object.entries(subjects)) {
    const names = Object.keys(table).sort().join(", ");
    expect(readme).toMatch(new RegExp(`\\*\\*${subject}:\\*\\* ${names} [*#]`));
  }
  const listed = Object.values(subjects).flatMap((table) => Object.keys(table));
  expect(listed.sort()).toEqual(Object.keys(lowerings).sort());
});
