/** The three parts of a micro-batched step as ONNX models. */
import { parameterInput } from "@plumage/export";
import { type RecordedModel, recordModel } from "@plumage/export/recorder";
import {
  featureChannels,
  type NetworkOutputs,
  type ParameterSpec,
  parameterTable,
} from "@plumage/models";
import type * as tf from "@tensorflow/tfjs-core";
import {
  backwardPart,
  frozenOutputs,
  isOfObjective,
  objectivePart,
} from "../../../program/parts.ts";
import { splitParameters } from "../../../program/trained.ts";
import type { TrainingPlan } from "../../engine.ts";
import { batchInput, gradientOutput } from "./step.ts";

export interface RecordedParts {
  /** input -> embeddings, pooled */
  readonly embed: RecordedModel;
  /**
   * embeddings, pooled, labels of the whole batch -> metrics, gradient:embeddings, gradient:pooled
   * and the gradients of the objective's own parameters
   */
  readonly objective: RecordedModel;
  /** input, gradient:embeddings, gradient:pooled -> gradients of the network's parameters */
  readonly backward: RecordedModel;
}

type Tensors = Record<string, tf.Tensor>;
const pick = (tensors: Tensors, names: readonly string[]): Tensors =>
  Object.fromEntries(names.map((name) => [name, tensors[name]!]));
const asOutputs = (gradients: Readonly<Tensors>): Tensors =>
  Object.fromEntries(
    Object.entries(gradients).map(([name, gradient]) => [gradientOutput(name), gradient]),
  );

/** How an input or output of a feature is called. */
type PortName = (feature: keyof NetworkOutputs) => string;
const plain: PortName = (feature) => feature;

const featuresOf = (tensors: Tensors, name: PortName): NetworkOutputs => ({
  embeddings: tensors[name("embeddings")] as tf.Tensor2D,
  pooled: tensors[name("pooled")] as tf.Tensor2D,
});

/**
 * Records the three parts (program/parts.ts).
 *
 * @param microBatch images per micro-batch: a divisor of the plan's batch
 */
export function recordParts(plan: TrainingPlan, microBatch: number): RecordedParts {
  const inputs = inputsOf(plan, microBatch);
  return {
    embed: recordEmbed(plan, inputs),
    objective: recordObjective(plan, inputs),
    backward: recordBackward(plan, inputs),
  };
}

type Inputs = ReturnType<typeof inputsOf>;

/** The names of the parameters by their role, and the inputs that the parts share. */
function inputsOf({ architecture, batch, options }: TrainingPlan, microBatch: number) {
  const table = parameterTable(architecture);
  const { trained, constant } = splitParameters(architecture, options);
  const parameters = (selected: readonly string[]) =>
    Object.fromEntries(
      table
        .filter(({ name }) => selected.includes(name))
        .map((spec) => [spec.name, parameterInput(spec, "ohwi")]),
    );
  const features = (count: number, name: PortName) =>
    ({
      [name("embeddings")]: { shape: [count, architecture.dimension], type: "float32" },
      [name("pooled")]: { shape: [count, featureChannels(architecture)], type: "float32" },
    }) as const;
  const nameOf = ({ name }: ParameterSpec) => name;
  const network = trained.filter((spec) => !isOfObjective(spec)).map(nameOf);
  const own = table.filter(isOfObjective).map(nameOf);
  const constants = constant.map(nameOf);
  return {
    names: { network, own, constants },
    input: batchInput(architecture, microBatch),
    network: parameters([...network, ...constants]),
    own: parameters(own),
    features: features(batch, plain),
    featureGradients: features(microBatch, gradientOutput),
  };
}

const recordEmbed = ({ architecture }: TrainingPlan, { input, network }: Inputs) =>
  recordModel(
    (tensors) => ({ ...frozenOutputs(architecture, tensors, tensors.input!) }),
    { input, ...network },
    { name: "embed" },
  );

const recordObjective = ({ batch, options }: TrainingPlan, { names, features, own }: Inputs) =>
  recordModel(
    (tensors) => {
      const { metrics, featureGradients, ownGradients } = objectivePart(
        pick(tensors, names.own),
        featuresOf(tensors, plain),
        tensors.labels as tf.Tensor1D,
        options.objective,
      );
      return { ...metrics, ...asOutputs({ ...featureGradients, ...ownGradients }) };
    },
    { ...features, labels: { shape: [batch], type: "int32" }, ...own },
    { name: "objective" },
  );

const recordBackward = (
  { architecture }: TrainingPlan,
  { names, input, featureGradients, network }: Inputs,
) =>
  recordModel(
    (tensors) =>
      asOutputs(
        backwardPart(
          architecture,
          pick(tensors, names.network),
          pick(tensors, names.constants),
          tensors.input!,
          featuresOf(tensors, gradientOutput),
        ),
      ),
    { input, ...featureGradients, ...network },
    {
      name: "backward",
      anyShape: names.network.map(gradientOutput),
      outputLayouts: Object.fromEntries(
        parameterTable(architecture)
          .filter(({ name, shape }) => shape.length === 4 && names.network.includes(name))
          .map(({ name }) => [gradientOutput(name), "ohwi" as const]),
      ),
    },
  );
