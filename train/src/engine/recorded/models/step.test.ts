import type { CgdOptions } from "@plumage/models";
import * as ort from "@plumage/models/onnxruntime";
import { randomBytes, randomParameters, tinyArchitecture } from "@plumage/models/testing";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { stepMetricNames, termNames } from "../../../objective/index.ts";
import type { TripletOptions } from "../../../objective/triplet.ts";
import { lossAndGradients } from "../../../program/step.ts";
import { trainedNames } from "../../../program/trained.ts";
import {
  asTensors,
  everyClassVector,
  everyTerm,
  inTorchOrder,
  relativeError,
} from "../../../testing/tensors.ts";
import { fromStepOrder, toStepOrder } from "./filterOrder.ts";
import { gradientOutput, recordStep } from "./step.ts";

beforeAll(() => tf.setBackend("cpu"));

const batch = 8;
const plainStep = { clipNorm: 0, weightDecay: 0, headRate: 1, proxyRate: 1 };
const labels = Int32Array.of(0, 0, 1, 1, 2, 2, 3, 3);

/** At 32 px every feature map has an even size; at 40 px they are 20, 10, 5, 3 and 2 px wide. */
const cases = [
  { batchNorm: "frozen", size: 32, choice: {}, triplet: {} },
  { batchNorm: "frozen", size: 40, choice: {}, triplet: { miner: "batch-hard", reducer: "mean" } },
  { batchNorm: "batch", size: 40, choice: {}, triplet: { miner: "all" } },
  {
    batchNorm: "frozen",
    size: 40,
    choice: { descriptors: ["G", "S", "M"], dimension: 24, lastStride: 1 },
    triplet: { miner: "semihard", reducer: "sum" },
  },
] satisfies {
  batchNorm: "frozen" | "batch";
  size: number;
  choice: CgdOptions;
  triplet: Partial<TripletOptions>;
}[];

describe.each(cases)(
  "batch norm $batchNorm, $size px, $choice, $triplet",
  ({ batchNorm, size, choice, triplet }) => {
    test("equals tfjs's metrics and gradients", async () => {
      const architecture = { ...tinyArchitecture(5, size), ...everyClassVector, ...choice };
      const values = randomParameters(architecture, 3);
      const images = randomBytes(batch * size * size * 3, 5);
      const objective = { ...everyTerm, triplet: { ...everyTerm.triplet, ...triplet } };
      const options = { ...plainStep, batchNorm, objective };

      const model = recordStep({ architecture, options, batch });
      const session = await ort.InferenceSession.create(model.bytes, {
        intraOpNumThreads: 1,
        logSeverityLevel: 3,
      });
      const feeds: Record<string, ort.Tensor> = {
        input: new ort.Tensor("uint8", images, [batch, size, size, 3]),
        labels: new ort.Tensor("int32", labels, [batch]),
      };
      const inStepOrder = toStepOrder(architecture, values);
      for (const { name, shape } of model.inputs) {
        if (inStepOrder.has(name))
          feeds[name] = new ort.Tensor("float32", inStepOrder.get(name)!, shape as number[]);
      }
      const recorded = await session.run(feeds);
      await session.release();

      const eager = lossAndGradients(architecture, options, {
        trained: asTensors(architecture, values, true),
        constants: asTensors(architecture, values, false),
        input: tf.tensor4d(images, [batch, size, size, 3], "int32"),
        labels: tf.tensor1d(labels, "int32"),
      });

      for (const name of stepMetricNames) {
        const expected = eager.metrics[name].dataSync();
        expect(relativeError(recorded[name]!.data as Float32Array, expected), name).toBeLessThan(
          1e-3,
        );
      }
      // A term that is 0 would not test its gradient.
      for (const name of [...termNames, "minedTriplets"] as const) {
        expect(eager.metrics[name].dataSync()[0], name).toBeGreaterThan(0);
      }
      const gradients = fromStepOrder(
        architecture,
        new Map(
          trainedNames(architecture).map((name) => [
            name,
            recorded[gradientOutput(name)]!.data as Float32Array<ArrayBuffer>,
          ]),
        ),
      );
      const errors = trainedNames(architecture).map((name) => {
        const expected = inTorchOrder(eager.gradients[name]!);
        expect(Math.max(...expected.map(Math.abs)), `${name} has a gradient`).toBeGreaterThan(0);
        return { name, error: relativeError(gradients.get(name)!, expected) };
      });
      expect(errors.filter(({ error }) => !(error < 1e-3))).toEqual([]);
      expect(errors).toHaveLength(Object.keys(eager.gradients).length);
    });
  },
);

test("takes running statistics as inputs only if batch norm is frozen", () => {
  const architecture = { ...tinyArchitecture(5), ...everyClassVector };
  const inputs = (batchNorm: "frozen" | "batch") =>
    recordStep({
      architecture,
      options: { ...plainStep, batchNorm, objective: everyTerm },
      batch,
    }).inputs.filter(({ name }) => /running_(mean|var)$/.test(name)).length;
  // A mean and a variance for each of 17 convolutions: the stem, and four in each block.
  expect(inputs("frozen")).toBe(2 * 17);
  expect(inputs("batch")).toBe(0);
});
