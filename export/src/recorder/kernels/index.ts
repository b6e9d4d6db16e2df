/**
 * The lowering table: every tfjs kernel that can be recorded. To add a kernel, add an entry to the
 * table of its subject.
 */
import { binaryKernels } from "./binary.ts";
import { convKernels } from "./conv.ts";
import type { LoweringTable } from "./lowering.ts";
import { matmulKernels } from "./matmul.ts";
import { poolKernels } from "./pool.ts";
import { reduceKernels } from "./reduce.ts";
import { selectionKernels } from "./selection.ts";
import { shapeKernels } from "./shape.ts";
import { unaryKernels } from "./unary.ts";

/** How each tfjs kernel is written in ONNX, by the kernel's name. */
export const lowerings: LoweringTable = {
  ...unaryKernels,
  ...binaryKernels,
  ...reduceKernels,
  ...shapeKernels,
  ...selectionKernels,
  ...matmulKernels,
  ...convKernels,
  ...poolKernels,
};
