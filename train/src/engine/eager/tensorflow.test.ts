import { test } from "vitest";
import { engineLosses, expectLossesOfCpu } from "../../../test/otherEngine.ts";
import { hasTensorflow } from "./tensorflow.ts";

const steps = 20;

test("training on tfjs-node-gpu gives the CPU's losses", async (context) => {
  if (!hasTensorflow())
    return context.skip("tfjs-node-gpu's library is not installed: npm run setup:cuda");
  const losses = await engineLosses({ engine: "tensorflow", steps, microBatch: 4 });
  await expectLossesOfCpu(losses, steps);
});
