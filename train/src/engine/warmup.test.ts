import { parameterTable } from "@plumage/models";
import { randomBytes, randomParameters, tinyArchitecture } from "@plumage/models/testing";
import { expect, test } from "vitest";
import { digests, stateDigests } from "../../test/digests.ts";
import { everyClassVector, relativeError, stepOptions } from "../testing/tensors.ts";
import { eagerEngine } from "./eager/eagerEngine.ts";
import type { Engine, TrainingState } from "./engine.ts";
import { recordedEngine } from "./recorded/recordedEngine.ts";
import { freshState } from "./state.ts";
import { startWithWarmup } from "./warmup.ts";

const size = 32;
const batch = 4;
const rate = 1e-3;
const architecture = { ...tinyArchitecture(2, size), ...everyClassVector, width: 4 };
const first = freshState(architecture, randomParameters(architecture, 3));
const options = { ...stepOptions, weightDecay: 0, warmupSteps: 2 };
const trained = parameterTable(architecture).filter((spec) => spec.trained);
const namesOf = (isBackbone: boolean) =>
  trained.flatMap(({ name, part }) => ((part === "backbone") === isBackbone ? [name] : []));

/** The states after each of some steps. */
async function states(engine: Engine, from: TrainingState, count: number) {
  const run = await startWithWarmup(engine, { architecture, options, batch }, from);
  const found: TrainingState[] = [];
  for (let step = from.iteration; step < from.iteration + count; step++) {
    const input = randomBytes(batch * size * size * 3, 50 + step);
    await run.step({ input, labels: Int32Array.of(0, 0, 1, 1) }, rate);
    found.push(structuredClone(await run.state()));
  }
  await run.close();
  return found;
}

test("leaves the backbone as it is, and then trains it with Adam's first step", async () => {
  const found = await states(recordedEngine(1), first, 3);
  const before = digests(first.parameters);
  const [, warm, after] = found.map(({ parameters }) => digests(parameters));
  for (const name of namesOf(true)) {
    expect(warm![name], name).toBe(before[name]);
    expect(after![name], name).not.toBe(before[name]);
  }
  for (const name of namesOf(false)) expect(warm![name], name).not.toBe(before[name]);
  // Adam's first step moves a value by the rate, whatever its gradient.
  const name = "layer4.0.conv3.weight";
  const [old, moved] = [first, found[2]!].map(({ parameters }) => parameters.get(name)!);
  const largest = Math.max(...moved!.map((value, i) => Math.abs(value - old![i]!)));
  expect(largest).toBeCloseTo(rate, 6);
});

test.each([1, 2, 3])("a run resumed after %i steps equals an uninterrupted one", async (count) => {
  const whole = await states(recordedEngine(1), first, 4);
  const rest = await states(recordedEngine(1), whole[count - 1]!, 4 - count);
  expect(stateDigests(rest.at(-1)!)).toEqual(stateDigests(whole[3]!));
});

test("eager and recorded engines agree", async () => {
  const [eager, recorded] = [
    await states(eagerEngine("cpu", "tfjs"), first, 3),
    await states(recordedEngine(1), first, 3),
  ];
  for (const { name } of trained) {
    const [actual, expected] = [eager, recorded].map((each) => each[2]!.parameters.get(name)!);
    expect(relativeError(actual!, expected!), name).toBeLessThan(2e-3);
  }
});
