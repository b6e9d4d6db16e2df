import { readOnnx } from "@plumage/export/recorder";
import { tinyArchitecture } from "@plumage/models/testing";
import { describe, expect, test } from "vitest";
import { splitParameters, stageNames } from "../../../program/trained.ts";
import { everyClassVector, stepOptions } from "../../../testing/tensors.ts";
import { recordParts } from "./parts.ts";
import { gradientOutput, recordStep } from "./step.ts";

const architecture = { ...tinyArchitecture(3, 32), ...everyClassVector };
const plan = { architecture, options: stepOptions, batch: 4 };

/**
 * The number of nodes that use parameters in the backward pass: they depend on the loss (on one of
 * `seeds`), and take what is computed from these parameters alone, as a folded filter is.
 */
function backwardUses(
  bytes: Uint8Array,
  parameters: ReadonlySet<string>,
  seeds: readonly string[],
): number {
  const ofLoss = new Set(seeds);
  const ofData = new Set(["input", ...seeds]);
  const ofParameters = new Set(parameters);
  let uses = 0;
  for (const { inputs, outputs } of readOnnx(bytes).nodes) {
    const takes = (names: ReadonlySet<string>) => inputs.some((name) => names.has(name));
    const [takesLoss, takesParameters] = [takes(ofLoss), takes(ofParameters)];
    if (takesLoss && takesParameters) uses++;
    for (const name of outputs) {
      if (takesLoss) ofLoss.add(name);
      if (takes(ofData)) ofData.add(name);
      else if (takesParameters) ofParameters.add(name);
    }
  }
  return uses;
}

const frozenFilters = (freeze: (typeof stageNames)[number]) =>
  new Set(
    splitParameters(architecture, { freeze })
      .constant.filter(({ shape }) => shape.length === 4)
      .map(({ name }) => name),
  );

describe.each(stageNames)("frozen up to %s", (freeze) => {
  const frozen = frozenFilters(freeze);

  test("the step has no gradient of frozen parameters and no node backward through them", () => {
    const whole = recordStep(plan);
    const step = recordStep({ ...plan, options: { ...stepOptions, freeze } });
    expect(step.nodes).toBeLessThan(whole.nodes);
    expect(step.outputs.filter(({ name }) => frozen.has(name.replace(/^gradient:/, "")))).toEqual(
      [],
    );
    expect(backwardUses(step.bytes, frozen, ["labels"])).toBe(0);
    // Nothing is computed backward through the first convolution in any case.
    if (freeze !== "stem") expect(backwardUses(whole.bytes, frozen, ["labels"])).toBeGreaterThan(0);
  });

  test("nor has the backward part of a step in micro-batches", () => {
    const { backward } = recordParts({ ...plan, options: { ...stepOptions, freeze } }, 2);
    const seeds = ["embeddings", "pooled"].map(gradientOutput);
    expect(backwardUses(backward.bytes, frozen, seeds)).toBe(0);
  });
});
