import { tinyArchitecture } from "@plumage/models/testing";
import { expect, test } from "vitest";
import { splitParameters, stageNames, trainedNames } from "./trained.ts";

const architecture = tinyArchitecture(3);
const isStatistic = (name: string) => /running_(mean|var)$/.test(name);

test("trains everything but batch-norm statistics if nothing is frozen", () => {
  const { trained, constant } = splitParameters(architecture, {});
  expect(trained.map(({ name }) => name)).toEqual(trainedNames(architecture));
  expect(constant.every(({ name }) => isStatistic(name))).toBe(true);
});

test.each(stageNames)("freezes the stages up to %s", (freeze) => {
  const frozen = splitParameters(architecture, { freeze }).constant.flatMap(({ name }) =>
    isStatistic(name) ? [] : [name.split(".")[0]],
  );
  const stem = ["conv1", "bn1"];
  const layers = stageNames.slice(1, stageNames.indexOf(freeze) + 1);
  expect([...new Set(frozen)]).toEqual([...stem, ...layers]);
});
