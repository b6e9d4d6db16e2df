/**
 * The axis order of filters. The recorded step has them as OHWI [out, height, width, in], which
 * multiply im2col windows without a copy; a TrainingState has them as torch does, OIHW. They are
 * converted when a run starts and when its state is read.
 */
import { type NetworkArchitecture, type ParameterValues, parameterTable } from "@plumage/models";

type Values = Float32Array<ArrayBuffer>;

/** Transposes [out, a, b] to [out, b, a]. */
function transposeInner(values: Values, out: number, a: number, b: number): Values {
  const transposed = new Float32Array(values.length);
  for (let o = 0; o < out; o++) {
    for (let i = 0; i < a; i++) {
      for (let j = 0; j < b; j++) transposed[(o * b + j) * a + i] = values[(o * a + i) * b + j]!;
    }
  }
  return transposed;
}

/** Copies values by name; `order` converts the filters. */
const reordered =
  (order: (values: Values, out: number, channels: number, taps: number) => Values) =>
  (architecture: NetworkArchitecture, values: ReadonlyMap<string, Values>): ParameterValues =>
    new Map(
      parameterTable(architecture).flatMap(({ name, shape }) => {
        const data = values.get(name);
        if (!data) return [];
        if (shape.length !== 4) return [[name, data.slice()] as const];
        const [out, channels, height, width] = shape as [number, number, number, number];
        return [[name, order(data, out, channels, height * width)] as const];
      }),
    );

/** A parameter's shape in the recorded step. @param shape in torch's order */
export function stepShape(shape: readonly number[]): number[] {
  const [out, channels, height, width] = shape;
  return shape.length === 4 ? [out!, height!, width!, channels!] : [...shape];
}

/** Copies values from a state's order to the recorded step's. */
export const toStepOrder = reordered((values, out, channels, taps) =>
  transposeInner(values, out, channels, taps),
);

/** Copies values from the recorded step's order to a state's. */
export const fromStepOrder = reordered((values, out, channels, taps) =>
  transposeInner(values, out, taps, channels),
);
