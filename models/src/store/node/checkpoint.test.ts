import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { randomParameters, tinyArchitecture } from "../../testing/index.ts";
import { readCheckpointFile, writeCheckpointFile } from "./checkpoint.ts";
import { startingCheckpoint } from "./paths.ts";
import { readSafetensors, writeSafetensors } from "./safetensors.ts";

let path: string;
beforeEach(async () => {
  path = join(await mkdtemp(join(tmpdir(), "plumage-checkpoint-")), "checkpoint.safetensors");
});
afterEach(() => rm(join(path, ".."), { recursive: true }));

const architecture = tinyArchitecture(3);
const sample = () => ({
  architecture,
  parameters: randomParameters(architecture, 1),
  dataset: { name: "patches", title: "Patches", description: "", attributions: [] },
  iteration: 12,
  seconds: 1.5,
  settings: { recipe: "tutorial", rate: 1e-4 },
});
const retrain = "run: npm run train";

it("writes a checkpoint and reads it back", async () => {
  await writeCheckpointFile(path, sample());
  expect(await readCheckpointFile(path, retrain)).toEqual(sample());
});

it("reads the checked-in checkpoint", async () => {
  const { checkpoint } = startingCheckpoint("emoji");
  const { architecture, iteration, dataset } = await readCheckpointFile(checkpoint, retrain);
  expect(architecture.name).toBe("resnet-cgd");
  expect(iteration).toBeGreaterThan(0);
  expect(dataset.name).toBe("emoji");
});

it("lists a few of the tensors that are missing or misshaped", async () => {
  await writeCheckpointFile(path, sample());
  const { tensors, metadata } = await readSafetensors(path);
  const few = new Map([...tensors].slice(2));
  await writeSafetensors(path, few, metadata);
  await expect(readCheckpointFile(path, retrain)).rejects.toMatchObject({
    code: "mismatch",
    message: `${path}: missing or misshaped: conv1.weight, bn1.weight`,
    hint: retrain,
  });
  await writeSafetensors(path, new Map(), metadata);
  await expect(readCheckpointFile(path, retrain)).rejects.toThrow(
    new RegExp(`: conv1.weight(, [^,]+){4}, and ${tensors.size - 5} more$`),
  );
});

it("rejects weights that are not a checkpoint, and a missing file", async () => {
  await writeSafetensors(path, new Map(), { format: "pt" });
  await expect(readCheckpointFile(path, retrain)).rejects.toMatchObject({
    code: "bad-file",
    message: `${path} is not a checkpoint: its metadata has no valid format`,
  });
  await rm(path);
  await expect(readCheckpointFile(path, retrain)).rejects.toMatchObject({
    code: "bad-file",
    message: `${path} is missing`,
    hint: retrain,
  });
});
