/** The three parts of a micro-batched step as ONNX models. */
import { parameterInput } from "@plumage/export";
import { type RecordedModel, recordModel } from "@plumage/export/recorder";
import { featureChannels, parameterTable } from "@plumage/models";
import type * as tf from "@tensorflow/tfjs-core";
import {
  backwardPart,
  type Features,
  features,
  isClassifier,
  objectivePart,
} from "../../../program/parts.ts";
import type { TrainingPlan } from "../../engine.ts";
import { gradientOutput } from "./step.ts";

export interface RecordedParts {
  /** images -> embeddings, pooled */
  readonly embed: RecordedModel;
  /**
   * embeddings, pooled, labels of the whole batch -> metrics, gradient:embeddings, gradient:pooled
   * and the classifier's gradients
   */
  readonly objective: RecordedModel;
  /** images, gradient:embeddings, gradient:pooled -> gradients of the network's parameters */
  readonly backward: RecordedModel;
}

type Tensors = Record<string, tf.Tensor>;
const pick = (tensors: Tensors, names: readonly string[]): Tensors =>
  Object.fromEntries(names.map((name) => [name, tensors[name]!]));
const asOutputs = (gradients: Readonly<Tensors>): Tensors =>
  Object.fromEntries(
    Object.entries(gradients).map(([name, gradient]) => [gradientOutput(name), gradient]),
  );

/**
 * Records the three parts (program/parts.ts).
 *
 * @param microBatch images per micro-batch: a divisor of the plan's batch
 */
export function recordParts(
  { architecture, options, batch }: TrainingPlan,
  microBatch: number,
): RecordedParts {
  const size = architecture.imageSize;
  const table = parameterTable(architecture);
  const names = (matches: (spec: (typeof table)[number]) => boolean) =>
    table.filter(matches).map(({ name }) => name);
  const network = names(({ name, trained }) => trained && !isClassifier(name));
  const classifier = names(({ name }) => isClassifier(name));
  const statistics = names(({ trained }) => !trained);
  const parameterSpecs = (selected: readonly string[]) =>
    Object.fromEntries(
      table
        .filter(({ name }) => selected.includes(name))
        .map((spec) => [spec.name, parameterInput(spec, "ohwi")]),
    );
  const images = { shape: [microBatch, size, size, 3], type: "uint8" } as const;
  const featureSpecs = (count: number, name: (feature: keyof Features) => string) =>
    ({
      [name("embeddings")]: { shape: [count, architecture.dimension], type: "float32" },
      [name("pooled")]: { shape: [count, featureChannels(architecture)], type: "float32" },
    }) as const;
  const featuresOf = (tensors: Tensors, name: (feature: keyof Features) => string): Features => ({
    embeddings: tensors[name("embeddings")] as tf.Tensor2D,
    pooled: tensors[name("pooled")] as tf.Tensor2D,
  });
  const plain = (feature: keyof Features): string => feature;

  return {
    embed: recordModel(
      (tensors) => ({ ...features(architecture, tensors, tensors.images as tf.Tensor4D) }),
      { images, ...parameterSpecs([...network, ...statistics]) },
      { name: "embed" },
    ),
    objective: recordModel(
      (tensors) => {
        const { metrics, featureGradients, classifierGradients } = objectivePart(
          pick(tensors, classifier),
          featuresOf(tensors, plain),
          tensors.labels as tf.Tensor1D,
          options.objective,
        );
        const gradients = { ...featureGradients, ...classifierGradients };
        return { ...metrics, ...asOutputs(gradients) };
      },
      {
        ...featureSpecs(batch, plain),
        labels: { shape: [batch], type: "int32" },
        ...parameterSpecs(classifier),
      },
      { name: "objective" },
    ),
    backward: recordModel(
      (tensors) =>
        asOutputs(
          backwardPart(
            architecture,
            pick(tensors, network),
            pick(tensors, statistics),
            tensors.images as tf.Tensor4D,
            featuresOf(tensors, gradientOutput),
          ),
        ),
      {
        images,
        ...featureSpecs(microBatch, gradientOutput),
        ...parameterSpecs([...network, ...statistics]),
      },
      {
        name: "backward",
        anyShape: network.map(gradientOutput),
        outputLayouts: Object.fromEntries(
          table
            .filter(({ name, shape }) => shape.length === 4 && network.includes(name))
            .map(({ name }) => [gradientOutput(name), "ohwi" as const]),
        ),
      },
    ),
  };
}
