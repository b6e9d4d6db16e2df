/** The training step up to the gradients as an ONNX model; parameters are inputs. */
import { parameterInput } from "@plumage/export";
import { type RecordedModel, recordModel } from "@plumage/export/recorder";
import { parameterTable } from "@plumage/models";
import type * as tf from "@tensorflow/tfjs-core";
import { lossAndGradients } from "../../../program/step.ts";
import { splitParameters } from "../../../program/trained.ts";
import type { TrainingPlan } from "../../engine.ts";

/** Name of the output with the gradient of a parameter or feature. */
export const gradientOutput = (name: string): string => `gradient:${name}`;

/**
 * Records forward, objective and backward for a fixed batch. Inputs: `images` uint8 [batch, S, S,
 * 3], `labels` int32 [batch] and every parameter by name (filters as OHWI). Outputs: the step's
 * metrics, and `gradient:NAME` for every trained parameter.
 */
export function recordStep({ architecture, options, batch }: TrainingPlan): RecordedModel {
  const table = parameterTable(architecture);
  const { trained, constant } = splitParameters(architecture, options);
  const size = architecture.imageSize;
  const filters = trained.filter((spec) => spec.shape.length === 4);
  return recordModel(
    (tensors) => {
      const { gradients, metrics } = lossAndGradients(architecture, options, {
        trained: Object.fromEntries(trained.map(({ name }) => [name, tensors[name]!])),
        constants: Object.fromEntries(constant.map(({ name }) => [name, tensors[name]!])),
        images: tensors.images as tf.Tensor4D,
        labels: tensors.labels as tf.Tensor1D,
      });
      const outputs = Object.entries(gradients).map(
        ([name, gradient]) => [gradientOutput(name), gradient] as const,
      );
      return { ...metrics, ...Object.fromEntries(outputs) };
    },
    {
      images: { shape: [batch, size, size, 3], type: "uint8" },
      labels: { shape: [batch], type: "int32" },
      ...Object.fromEntries(table.map((spec) => [spec.name, parameterInput(spec, "ohwi")])),
    },
    {
      name: "training-step",
      anyShape: trained.map(({ name }) => gradientOutput(name)),
      outputLayouts: Object.fromEntries(
        filters.map(({ name }) => [gradientOutput(name), "ohwi" as const]),
      ),
    },
  );
}
