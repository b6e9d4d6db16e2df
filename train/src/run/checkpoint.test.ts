import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parameterTable } from "@plumage/models";
import { readSafetensors, storePaths, writeSafetensors } from "@plumage/models/node";
import { randomFloats, randomParameters, tinyArchitecture } from "@plumage/models/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { stateDigests } from "../../test/digests.ts";
import { generatedInfo } from "../../test/generated.ts";
import { freshState } from "../engine/state.ts";
import { type Checkpoint, readCheckpoint, writeCheckpoint } from "./checkpoint.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plumage-checkpoint-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const optimizerPath = () => storePaths(folder).optimizer;

function sample(iteration = 12): Checkpoint {
  const architecture = tinyArchitecture(3);
  const { parameters, expAvg, expAvgSq } = freshState(
    architecture,
    randomParameters(architecture, 1),
  );
  for (const [name, { length }] of expAvg) expAvg.set(name, randomFloats(length, length, -1, 1));
  for (const [name, { length }] of expAvgSq) expAvgSq.set(name, randomFloats(length, length, 0, 2));
  return {
    architecture,
    settings: {
      dataset: "generated",
      recipe: "scratch",
      weights: "none",
      iterations: 20,
      batch: 8,
      rate: 1e-3,
      seed: 5,
      imageSize: 32,
    },
    state: { iteration, parameters, expAvg, expAvgSq },
    seconds: 61.5,
  };
}

describe("writeCheckpoint", () => {
  test("writes two files that readCheckpoint reads back", async () => {
    const checkpoint = sample();
    await writeCheckpoint(folder, checkpoint, generatedInfo);
    const { state, ...rest } = await readCheckpoint(folder);
    const { state: writtenState, ...written } = checkpoint;
    expect(rest).toEqual(written);
    expect(stateDigests(state)).toEqual(stateDigests(writtenState));
    expect(readdirSync(folder).sort()).toEqual(["checkpoint.safetensors", "optimiser.safetensors"]);
  });

  test("stores tensors in torchvision's names and shapes, with metadata", async () => {
    const { architecture, ...rest } = sample();
    await writeCheckpoint(folder, { architecture, ...rest }, generatedInfo);
    const { tensors, metadata } = await readSafetensors(storePaths(folder).checkpoint);
    expect([...tensors].map(([name, { shape }]) => [name, shape])).toEqual(
      parameterTable(architecture).map(({ name, shape }) => [name, shape]),
    );
    expect(JSON.parse(metadata.architecture!)).toEqual(architecture);
    expect(JSON.parse(metadata.dataset!)).toEqual(generatedInfo);
    expect(metadata.iteration).toBe("12");
  });

  test("replaces an earlier checkpoint", async () => {
    await writeCheckpoint(folder, sample(3), generatedInfo);
    await writeCheckpoint(folder, sample(4), generatedInfo);
    expect((await readCheckpoint(folder)).state.iteration).toBe(4);
  });
});

describe("readCheckpoint", () => {
  const error = async () => {
    try {
      await readCheckpoint(folder);
    } catch (caught) {
      return caught;
    }
    throw new Error("the checkpoint was read");
  };
  const rewritten = async (
    path: string,
    change: (file: Awaited<ReturnType<typeof readSafetensors>>) => Record<string, string>,
  ) => {
    const file = await readSafetensors(path);
    await writeSafetensors(path, file.tensors, change(file));
  };

  test("rejects a missing checkpoint", async () => {
    expect(await error()).toMatchObject({
      code: "bad-file",
      hint: expect.stringContaining("without --resume"),
    });
    expect(await error()).toHaveProperty(
      "message",
      `no run to resume: ${storePaths(folder).checkpoint} is missing`,
    );
  });

  describe("with a written checkpoint", () => {
    beforeEach(() => writeCheckpoint(folder, sample(), generatedInfo));

    test("rejects a missing optimizer", async () => {
      rmSync(optimizerPath());
      expect(await error()).toMatchObject({
        code: "bad-file",
        message: expect.stringContaining(optimizerPath()),
      });
    });

    test.each([(folder: string) => storePaths(folder).checkpoint, () => optimizerPath()])(
      "rejects a truncated or overwritten file (%#)",
      async (pathOf) => {
        const path = pathOf(folder);
        truncateSync(path, readFileSync(path).length - 5);
        expect(await error()).toMatchObject({
          code: "bad-file",
          message: expect.stringContaining(path),
        });
        writeFileSync(path, "<html>not found</html>");
        expect(await error()).toMatchObject({
          code: "bad-file",
          message: `${path} is not a safetensors file`,
        });
      },
    );

    test("rejects files of different iterations", async () => {
      const earlier = join(folder, "earlier");
      copyFileSync(optimizerPath(), earlier);
      await writeCheckpoint(folder, sample(13), generatedInfo);
      copyFileSync(earlier, optimizerPath());
      expect(await error()).toMatchObject({
        code: "mismatch",
        message: expect.stringContaining("different iterations"),
      });
    });

    test("reads a matching pair after a crash at any step of writing", async () => {
      const next = storePaths(folder).nextOptimizer;
      // Crashed after writing the new optimizer.
      const later = join(folder, "later");
      await writeCheckpoint(later, sample(13), generatedInfo);
      copyFileSync(storePaths(later).optimizer, next);
      expect((await readCheckpoint(folder)).state.iteration).toBe(12);
      // Crashed after writing the new checkpoint.
      copyFileSync(storePaths(later).checkpoint, storePaths(folder).checkpoint);
      const { state } = await readCheckpoint(folder);
      expect(stateDigests(state)).toEqual(stateDigests(sample(13).state));
    });

    test("rejects a safetensors file of another origin", async () => {
      await rewritten(storePaths(folder).checkpoint, () => ({ format: "pt" }));
      expect(await error()).toMatchObject({
        code: "bad-file",
        message: expect.stringContaining("is not a checkpoint"),
      });
    });

    test.each([
      ["iteration", "twelve"],
      ["iteration", "-1"],
      ["seconds", "soon"],
      ["format", "plumage-checkpoint/9"],
      ["settings", "{"],
      ["settings", '{"dataset":"generated"}'],
      ["architecture", '{"name":"vgg"}'],
    ])("rejects %s: %s", async (field, text) => {
      const change = (path: string) =>
        rewritten(path, ({ metadata }) => ({ ...metadata, [field]: text }));
      await change(storePaths(folder).checkpoint);
      await change(optimizerPath());
      expect(await error()).toMatchObject({
        code: "bad-file",
        message: expect.stringContaining(storePaths(folder).checkpoint),
      });
    });

    test("rejects tensors of another network", async () => {
      const other = JSON.stringify({ ...tinyArchitecture(3), width: 16 });
      await rewritten(storePaths(folder).checkpoint, ({ metadata }) => ({
        ...metadata,
        architecture: other,
      }));
      expect(await error()).toMatchObject({
        code: "mismatch",
        message: expect.stringContaining(
          `${storePaths(folder).checkpoint}: missing or misshaped: conv1.weight, bn1.weight`,
        ),
      });
    });
  });
});
