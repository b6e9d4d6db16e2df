import { initialParameters, parameterTable } from "@plumage/models";
import { randomParameters, tinyArchitecture } from "@plumage/models/testing";
import { expect, test } from "vitest";
import { completeParameters, freshState } from "./state.ts";

const architecture = tinyArchitecture(3);

test("freshState starts at iteration 0 with zero moving averages", () => {
  const parameters = randomParameters(architecture, 1);
  const state = freshState(architecture, parameters);
  expect(state.iteration).toBe(0);
  expect(state.parameters).toBe(parameters);
  const trained = parameterTable(architecture).filter((spec) => spec.trained);
  for (const moments of [state.expAvg, state.expAvgSq]) {
    expect([...moments.keys()]).toEqual(trained.map(({ name }) => name));
    for (const [name, values] of moments) {
      expect(values).toHaveLength(parameters.get(name)!.length);
      expect(values.every((value) => value === 0)).toBe(true);
    }
  }
  expect(state.expAvg.get("bn1.bias")).not.toBe(state.expAvgSq.get("bn1.bias"));
});

test("completeParameters takes tensors that match and initializes the rest from the seed", () => {
  const given = new Map([
    ["bn1.weight", { shape: [8], data: new Float32Array(8).fill(3) }],
    // As many values in another shape do not match.
    ["classifier.weight", { shape: [256, 3], data: new Float32Array(768) }],
    ["fc.bias", { shape: [10], data: new Float32Array(10) }],
  ]);
  const { parameters, fresh } = completeParameters(architecture, given, 4);
  const first = initialParameters(architecture, 4);
  expect([...parameters.keys()]).toEqual([...first.keys()]);
  expect([...parameters.get("bn1.weight")!]).toEqual(Array(8).fill(3));
  expect(parameters.get("classifier.weight")).toEqual(first.get("classifier.weight"));
  expect(fresh).toContain("classifier.weight");
  expect(fresh).not.toContain("bn1.weight");
  expect(fresh).toHaveLength(first.size - 1);
});
