/** The training step up to the gradients as an ONNX model; parameters are inputs. */
import { parameterInput } from "@plumage/export";
import { type InputSpec, type RecordedModel, recordModel } from "@plumage/export/recorder";
import { type NetworkArchitecture, networkInput, parameterTable } from "@plumage/models";
import type * as tf from "@tensorflow/tfjs-core";
import { lossAndGradients } from "../../../program/step.ts";
import { splitParameters } from "../../../program/trained.ts";
import type { TrainingPlan } from "../../engine.ts";

/** Name of the output with the gradient of a parameter or feature. */
export const gradientOutput = (name: string): string => `gradient:${name}`;

/** The network's input for a fixed number of images. */
export function batchInput(architecture: NetworkArchitecture, count: number): InputSpec {
  const { shape, type } = networkInput(architecture);
  return { shape: [count, ...shape], type };
}

/**
 * Records forward, objective and backward for a fixed batch. Inputs: `input` as the network reads
 * it, `labels` int32 [batch] and every parameter by name (filters as OHWI). Outputs: the step's
 * metrics, and `gradient:NAME` for every trained parameter.
 */
export function recordStep({ architecture, options, batch }: TrainingPlan): RecordedModel {
  const table = parameterTable(architecture);
  const { trained, constant } = splitParameters(architecture, options);
  const filters = trained.filter((spec) => spec.shape.length === 4);
  return recordModel(
    (tensors) => {
      const { gradients, metrics } = lossAndGradients(architecture, options, {
        trained: Object.fromEntries(trained.map(({ name }) => [name, tensors[name]!])),
        constants: Object.fromEntries(constant.map(({ name }) => [name, tensors[name]!])),
        input: tensors.input!,
        labels: tensors.labels as tf.Tensor1D,
      });
      const outputs = Object.entries(gradients).map(
        ([name, gradient]) => [gradientOutput(name), gradient] as const,
      );
      return { ...metrics, ...Object.fromEntries(outputs) };
    },
    {
      input: batchInput(architecture, batch),
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
