/**
 * The recorded step holds filters as [out, height, width, in]: matrices that multiply windows as
 * they lie in memory. A state holds them as torch does, [out, in, height, width]. They are turned
 * when a run starts and when its state is asked for.
 */
import { type Architecture, type ParameterValues, parameterTable } from "@plumage/models";

type Values = Float32Array<ArrayBuffer>;

/** The tables [out, a, b] of a filter turned into [out, b, a]. */
function exchanged(values: Values, out: number, a: number, b: number): Values {
  const turned = new Float32Array(values.length);
  for (let o = 0; o < out; o++) {
    for (let i = 0; i < a; i++) {
      for (let j = 0; j < b; j++) turned[(o * b + j) * a + i] = values[(o * a + i) * b + j]!;
    }
  }
  return turned;
}

const reordered =
  (order: (values: Values, out: number, channels: number, taps: number) => Values) =>
  (architecture: Architecture, values: ReadonlyMap<string, Values>): ParameterValues =>
    new Map(
      parameterTable(architecture).flatMap(({ name, shape }) => {
        const data = values.get(name);
        if (!data) return [];
        if (shape.length !== 4) return [[name, data.slice()] as const];
        const [out, channels, height, width] = shape as [number, number, number, number];
        return [[name, order(data, out, channels, height * width)] as const];
      }),
    );

/** A parameter's shape as the recorded step holds it. @param shape torch's */
export function stepShape(shape: readonly number[]): number[] {
  const [out, channels, height, width] = shape;
  return shape.length === 4 ? [out!, height!, width!, channels!] : [...shape];
}

/** Copies of a state's values as the recorded step holds them. */
export const toStepOrder = reordered((values, out, channels, taps) =>
  exchanged(values, out, channels, taps),
);

/** Copies of the recorded step's values as a state holds them. */
export const fromStepOrder = reordered((values, out, channels, taps) =>
  exchanged(values, out, taps, channels),
);
