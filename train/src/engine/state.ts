/** Creates initial training states. */
import {
  initialParameters,
  type NetworkArchitecture,
  type ParameterValues,
  parameterTable,
} from "@plumage/models";
import { trainedNames } from "../program/trained.ts";
import type { TrainingState } from "./engine.ts";

/** A state at iteration 0: these parameters, and zeros for Adam's moving averages. */
export function freshState(
  architecture: NetworkArchitecture,
  parameters: ParameterValues,
): TrainingState {
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
 * Completes a set of parameters: takes given tensors whose name and shape match, and initializes
 * the rest from the seed. A classifier for a different number of classes is initialized anew.
 *
 * @returns all parameters, and the names of those that were initialized
 */
export function completeParameters(
  architecture: NetworkArchitecture,
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
