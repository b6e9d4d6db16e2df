/** The scalars of an update for each part of the network, as parts learn at different rates. */
import { type ParameterPart, parameterParts } from "@plumage/models";
import { type AdamScalars, adamScalars } from "./adam.ts";

/** What the scalars depend on besides the learning rate. */
export interface RateOptions {
  readonly weightDecay: number;
  /** Factor of the learning rate for the descriptors' Linear layers. */
  readonly headRate: number;
  /** Factor of the learning rate for the class vectors of losses, such as proxies. */
  readonly proxyRate: number;
  /** Steps at the start of a run that leave the backbone as it is. Default 0. */
  readonly warmupSteps?: number;
}

/** Adam's scalars by part: numbers, or what an engine makes of them. */
export type PartScalars<Scalar = number> = Readonly<
  Record<ParameterPart, Readonly<Record<keyof AdamScalars, Scalar>>>
>;

/**
 * The scalars of a step.
 *
 * @param iteration counted from 0
 * @param rate the learning rate of the backbone
 */
export function partScalars(
  { headRate, proxyRate, weightDecay, warmupSteps = 0 }: RateOptions,
  iteration: number,
  rate: number,
): PartScalars {
  const scalars = (factor: number) => adamScalars(iteration, rate * factor, weightDecay);
  return {
    // Its moments start at zero after the warm-up, so their bias correction does too.
    backbone: adamScalars(Math.max(0, iteration - warmupSteps), rate, weightDecay),
    linear: scalars(headRate),
    norm: scalars(1),
    classifier: scalars(1),
    classVectors: scalars(proxyRate),
  };
}

export const scalarNames = [
  "stepSize",
  "epsilon",
  "decayFactor",
] as const satisfies readonly (keyof AdamScalars)[];

/** Makes something of every scalar, such as a tensor. */
export const mapScalars = <Scalar>(
  make: (part: ParameterPart, name: keyof AdamScalars) => Scalar,
): PartScalars<Scalar> =>
  Object.fromEntries(
    parameterParts.map((part) => [
      part,
      Object.fromEntries(scalarNames.map((name) => [name, make(part, name)])),
    ]),
  ) as PartScalars<Scalar>;
