import { describe, expect, test } from "vitest";
import { learningRate, type Schedule } from "./schedule.ts";

const rates = (schedule: Schedule, iterations: number) =>
  Array.from({ length: iterations }, (_, iteration) =>
    learningRate(schedule, iteration, iterations),
  );
const close = (found: number[], expected: number[]) => {
  expect(found).toHaveLength(expected.length);
  found.forEach((rate, i) => {
    expect(rate, `iteration ${i}`).toBeCloseTo(expected[i]!, 12);
  });
};

describe("step", () => {
  const schedule: Schedule = {
    kind: "step",
    rate: 1,
    milestones: [0.5, 0.75],
    factor: 0.1,
    warmup: 0,
  };

  test("decays by the factor at each milestone", () => {
    close(rates(schedule, 8), [1, 1, 1, 1, 0.1, 0.1, 0.01, 0.01]);
  });
  test("keeps its shape in a shorter run", () => close(rates(schedule, 4), [1, 1, 0.1, 0.01]));
  test("is constant without milestones", () =>
    close(rates({ ...schedule, milestones: [] }, 3), [1, 1, 1]));
  test("rises linearly during warm-up", () => {
    close(rates({ ...schedule, milestones: [], warmup: 3 }, 6), [0.25, 0.5, 0.75, 1, 1, 1]);
  });
});

describe("cosine", () => {
  const schedule: Schedule = { kind: "cosine", rate: 2, warmup: 0 };

  test("anneals from the highest rate to zero", () => {
    const half = Math.SQRT1_2;
    close(rates(schedule, 4), [2, 1 + half, 1, 1 - half]);
    expect(learningRate(schedule, 999, 1000)).toBeLessThan(1e-5);
  });
  test("is scaled by the warm-up", () => {
    close(rates({ ...schedule, warmup: 1 }, 4), [1, 1 + Math.SQRT1_2, 1, 1 - Math.SQRT1_2]);
  });
});
