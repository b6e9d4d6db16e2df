import "../tensors.ts";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Architecture,
  initialParameters,
  type ParameterValues,
  parameterTable,
} from "@plumage/models";
import { startingCheckpoint, writeSafetensors } from "@plumage/models/node";
import { randomParameters, tinyArchitecture } from "@plumage/models/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { digests } from "../../test/digests.ts";
import { initialWeights, resolveWeights } from "./initialWeights.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "plumage-weights-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function saved(
  file: string,
  architecture: Architecture,
  values: ParameterValues,
  dtype: "F32" | "F16" = "F32",
) {
  const path = join(folder, file);
  const tensors = parameterTable(architecture).map(
    ({ name, shape }) => [name, { shape, data: values.get(name)! }] as const,
  );
  await writeSafetensors(path, new Map(tensors), {}, dtype);
  return path;
}

const { signal } = new AbortController();

describe("resolveWeights", () => {
  test("returns none and existing files unchanged", async () => {
    const path = join(folder, "here.safetensors");
    writeFileSync(path, "");
    expect(await resolveWeights("none", "emoji", signal)).toBe("none");
    expect(await resolveWeights(path, "emoji", signal)).toBe(path);
  });

  test("resolves start to the data set's checkpoint, or to none without one", async () => {
    const path = startingCheckpoint("emoji").checkpoint;
    expect(path).toMatch(/models[/\\]checkpoints[/\\]emoji\.safetensors$/);
    expect(await resolveWeights("start", "emoji", signal)).toBe(existsSync(path) ? path : "none");
    expect(await resolveWeights("start", "no-such-data-set", signal)).toBe("none");
  });

  test("rejects a missing file", async () => {
    const refused = expect.objectContaining({
      code: "bad-file",
      message: "nowhere.safetensors is missing",
    });
    await expect(resolveWeights("nowhere.safetensors", "emoji", signal)).rejects.toThrow(refused);
  });
});

describe("initialWeights", () => {
  const architecture = tinyArchitecture(4);
  const names = parameterTable(architecture).map(({ name }) => name);

  test("initializes none randomly from the seed", async () => {
    const { parameters, fresh } = await initialWeights("none", architecture, 7);
    expect(digests(parameters)).toEqual(digests(initialParameters(architecture, 7)));
    expect(fresh).toEqual(names);
    expect(parameters.get("conv1.weight")).not.toEqual(
      initialParameters(architecture, 8).get("conv1.weight"),
    );
  });

  test("reads all parameters of a matching file", async () => {
    const values = randomParameters(architecture, 2);
    const { parameters, fresh } = await initialWeights(
      await saved("whole", architecture, values),
      architecture,
      7,
    );
    expect(digests(parameters)).toEqual(digests(values));
    expect(fresh).toEqual([]);
  });

  test("reads float16 values", async () => {
    const values = randomParameters(architecture, 2);
    const path = await saved("half", architecture, values, "F16");
    const { parameters } = await initialWeights(path, architecture, 7);
    const filter = parameters.get("conv1.weight")!;
    values.get("conv1.weight")!.forEach((value, i) => {
      expect(Math.abs(filter[i]! - value)).toBeLessThanOrEqual(
        Math.abs(value) * 2 ** -11 + 2 ** -25,
      );
    });
  });

  test("initializes the classifier if the number of classes differs", async () => {
    const other = tinyArchitecture(9);
    const path = await saved("classes", other, randomParameters(other, 2));
    const { parameters, fresh } = await initialWeights(path, architecture, 7);
    expect(fresh).toEqual(["classifier.weight", "classifier.bias"]);
    expect(parameters.get("classifier.weight")).toEqual(
      initialParameters(architecture, 7).get("classifier.weight"),
    );
    expect(parameters.get("conv1.weight")).toEqual(randomParameters(other, 2).get("conv1.weight"));
  });

  test("rejects a file without a matching parameter", async () => {
    const path = join(folder, "foreign");
    const data = new Float32Array(6);
    await writeSafetensors(path, new Map([["features.0.weight", { shape: [2, 3], data }]]), {});
    await expect(initialWeights(path, architecture, 7)).rejects.toMatchObject({
      code: "mismatch",
      message: `${path} has no parameter of this network`,
    });
  });

  test("rejects a file of another format", async () => {
    const path = join(folder, "text");
    writeFileSync(path, "plain text");
    await expect(initialWeights(path, architecture, 7)).rejects.toMatchObject({
      code: "bad-file",
    });
  });
});
