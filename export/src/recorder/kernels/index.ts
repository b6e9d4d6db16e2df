/**
 * The lowering table: every tfjs kernel that can be recorded. To add one, write an entry in the
 * file of its subject.
 */
import { binaryKernels } from "./binary.ts";
import { convKernels } from "./conv.ts";
import type { LoweringTable } from "./lowering.ts";
import { matmulKernels } from "./matmul.ts";
import { poolKernels } from "./pool.ts";
import { reduceKernels } from "./reduce.ts";
import { shapeKernels } from "./shape.ts";
import { unaryKernels } from "./unary.ts";

export const lowerings: LoweringTable = {
  ...unaryKernels,
  ...binaryKernels,
  ...reduceKernels,
  ...shapeKernels,
  ...matmulKernels,
  ...convKernels,
  ...poolKernels,
};
