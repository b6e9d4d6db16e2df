import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const program = fileURLToPath(new URL("../../../test/engineMemory.ts", import.meta.url));
const [few, many] = [20, 200];
/**
 * A third of what 180 steps would leak in gradients: 370 MB. Allocators keep some megabytes more or
 * less.
 */
const tolerance = 120e6;

test.each([8, 4])(
  "memory does not grow with the number of steps, in micro-batches of %i of 8",
  async (microBatch) => {
    const args = [
      "--expose-gc",
      "--import",
      import.meta.resolve("tsx"),
      program,
      few,
      many,
      microBatch,
    ].map(String);
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const [early, late] = JSON.parse(stdout.trim().split("\n").at(-1)!) as [number, number];
    expect(late - early).toBeLessThan(tolerance);
  },
);
