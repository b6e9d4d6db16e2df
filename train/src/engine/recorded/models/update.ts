/** Adam as an ONNX model, for devices that decayFactor the parameters between steps. */
import { type RecordedModel, recordModel } from "@plumage/export/recorder";
import { type NetworkArchitecture, type ParameterPart, parameterParts } from "@plumage/models";
import * as tf from "@tensorflow/tfjs-core";
import { type AdamScalars, adam, clipScale } from "../../../program/adam.ts";
import { mapScalars, scalarNames } from "../../../program/partScalars.ts";
import type { StepOptions } from "../../../program/step.ts";
import { splitParameters } from "../../../program/trained.ts";
import { stepShape } from "./filterOrder.ts";
import { gradientOutput } from "./step.ts";

/**
 * The tensors of a trained parameter. Each is an input such as `value:conv1.weight` and an output
 * such as `updated:value:conv1.weight`.
 */
export const slotParts = ["value", "expAvg", "expAvgSq"] as const;
export type SlotPart = (typeof slotParts)[number];
export const slotPort = (part: SlotPart, name: string): string => `${part}:${name}`;
export const updatedPort = (port: string): string => `updated:${port}`;

/** The input of a scalar, such as `backbone:stepSize`. */
export const scalarPort = (part: ParameterPart, name: keyof AdamScalars): string =>
  `${part}:${name}`;

/**
 * Records the update of all trained parameters: slots, gradients and scalars -> updated slots.
 * Tensors are in the recorded step's axis order (filterOrder.ts), as Adam is element-wise.
 *
 * @param gradientShapes shapes of the step's gradient outputs, by output name
 */
export function recordUpdate(
  architecture: NetworkArchitecture,
  options: Pick<StepOptions, "clipNorm" | "weightDecay" | "freeze">,
  gradientShapes: ReadonlyMap<string, readonly number[]>,
): RecordedModel {
  const trained = splitParameters(architecture, options).trained.map((spec) => ({
    ...spec,
    ordered: stepShape(spec.shape),
  }));
  const scalar = { shape: [], type: "float32" } as const;
  const scalarInputs = parameterParts.flatMap((part) =>
    scalarNames.map((name) => [scalarPort(part, name), scalar] as const),
  );
  const slotInputs = trained.flatMap(({ name, ordered }) => [
    ...slotParts.map(
      (part) => [slotPort(part, name), { shape: ordered, type: "float32" }] as const,
    ),
    [
      gradientOutput(name),
      { shape: gradientShapes.get(gradientOutput(name))!, type: "float32" },
    ] as const,
  ]);
  return recordModel(
    (tensors) => {
      const gradients = trained.map(({ name, ordered }) =>
        tf.reshape(tensors[gradientOutput(name)]!, ordered),
      );
      const scale = options.clipNorm > 0 ? clipScale(gradients, options.clipNorm) : undefined;
      const scalars = mapScalars((part, name) => tensors[scalarPort(part, name)] as tf.Scalar);
      return Object.fromEntries(
        trained.flatMap(({ name, shape, part }, i) => {
          const [value, expAvg, expAvgSq] = slotParts.map(
            (part) => tensors[slotPort(part, name)]!,
          ) as [tf.Tensor, tf.Tensor, tf.Tensor];
          const decays = options.weightDecay > 0 && shape.length > 1;
          const slot = adam(
            { value, expAvg, expAvgSq },
            gradients[i]!,
            scale,
            scalars[part],
            decays,
          );
          return slotParts.map((part) => [updatedPort(slotPort(part, name)), slot[part]] as const);
        }),
      );
    },
    Object.fromEntries([...slotInputs, ...scalarInputs]),
    { name: "update" },
  );
}
