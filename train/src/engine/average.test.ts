import type { ParameterValues } from "@plumage/models";
import { tinyArchitecture } from "@plumage/models/testing";
import { expect, test } from "vitest";
import { stepOptions } from "../testing/tensors.ts";
import { evaluatedParameters, startWithAverage } from "./average.ts";
import type { Engine, TrainingState } from "./engine.ts";

const batch = { input: new Uint8Array(), labels: new Int32Array() };
const parameters = (value: number): ParameterValues => new Map([["w", Float32Array.of(value)]]);
const initial: TrainingState = {
  iteration: 0,
  parameters: parameters(1),
  expAvg: new Map(),
  expAvgSq: new Map(),
};

/** Each step sets the weight to the number of steps. */
const counting: Engine = {
  description: "counting",
  async start(_, state) {
    let { iteration } = state;
    return {
      async step() {
        iteration++;
        return {} as never;
      },
      state: async () => ({ ...state, iteration, parameters: parameters(iteration) }),
      async close() {},
    };
  },
};

/** The average after each of some steps. */
async function averages(from: TrainingState, steps: number, ema: number) {
  const plan = { architecture: tinyArchitecture(2), options: { ...stepOptions, ema }, batch: 1 };
  const run = await startWithAverage(counting, plan, from);
  const found: TrainingState[] = [];
  for (let step = 0; step < steps; step++) {
    await run.step(batch, 1);
    found.push(structuredClone(await run.state()));
  }
  return found;
}
const weight = (state: TrainingState) => evaluatedParameters(state).get("w")![0]!;

test.each([0.5, 0.9999])("averages the weights of every tenth step, decay %d", async (ema) => {
  const found = await averages(initial, 25, ema);
  let expected = 1;
  for (const [i, state] of found.entries()) {
    const iteration = i + 1;
    if (iteration % 10 === 0) {
      const decay = Math.min(ema, (1 + iteration) / (10 + iteration)) ** 10;
      expected = decay * expected + (1 - decay) * iteration;
    }
    expect(weight(state)).toBeCloseTo(expected, 4);
    expect(state.parameters.get("w")![0]).toBe(iteration);
  }
});

test("resumes exactly, and does not modify the state that it resumes from", async () => {
  const whole = await averages(initial, 25, 0.9);
  const middle = structuredClone(whole[12]!);
  const rest = await averages(middle, 12, 0.9);
  expect(rest.map(weight)).toEqual(whole.slice(13).map(weight));
  expect(middle).toEqual(whole[12]);
});

test("without a decay there is no average, and the weights themselves are evaluated", async () => {
  const plan = { architecture: tinyArchitecture(2), options: stepOptions, batch: 1 };
  const state = await (await startWithAverage(counting, plan, initial)).state();
  expect(state).not.toHaveProperty("average");
  expect(evaluatedParameters(state)).toBe(state.parameters);
});
