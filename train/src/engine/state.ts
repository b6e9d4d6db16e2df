/** Making and checking training states. */
import {
  type Architecture,
  initialParameters,
  type ParameterValues,
  parameterTable,
} from "@plumage/models";
import { trainedNames } from "../program/step.ts";
import type { TrainingState } from "./engine.ts";

/** A state at iteration 0 from these parameter values: Adam remembers nothing yet. */
export function freshState(architecture: Architecture, parameters: ParameterValues): TrainingState {
  const zeros = (): ParameterValues =>
    new Map(
      trainedNames(architecture).map((name) => [
        name,
        new Float32Array(parameters.get(name)!.length),
      ]),
    );
  return { iteration: 0, parameters, expAvg: zeros(), expAvgSq: zeros() };
}

/**
 * Values for every parameter: given ones where name and shape fit, first ones from the seed
 * elsewhere. A classifier for other classes is thus started afresh.
 *
 * @returns the values, and the names that were not taken from `given`
 */
export function completeParameters(
  architecture: Architecture,
  given: ReadonlyMap<string, { shape: readonly number[]; data: Float32Array<ArrayBuffer> }>,
  seed: number,
): { parameters: ParameterValues; fresh: string[] } {
  const parameters = initialParameters(architecture, seed);
  const fresh: string[] = [];
  for (const { name, shape } of parameterTable(architecture)) {
    const tensor = given.get(name);
    if (tensor && tensor.shape.join() === shape.join()) parameters.set(name, tensor.data);
    else fresh.push(name);
  }
  return { parameters, fresh };
}
