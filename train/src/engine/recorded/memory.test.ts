import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const program = fileURLToPath(new URL("../../../test/engineMemory.ts", import.meta.url));
const [few, many] = [20, 200];
/**
 * What onnxruntime and V8 still settle by; 180 steps that each kept their gradients would take 370
 * MB.
 */
const settling = 25e6;

test.each([8, 4])(
  "memory after many steps is that after few, in micro-batches of %i of 8",
  async (microBatch) => {
    const words = [
      "--expose-gc",
      "--import",
      import.meta.resolve("tsx"),
      program,
      few,
      many,
      microBatch,
    ].map(String);
    const { stdout } = await promisify(execFile)(process.execPath, words);
    const [early, late] = JSON.parse(stdout.trim().split("\n").at(-1)!) as [number, number];
    expect(late - early).toBeLessThan(settling);
  },
);
