import type { ParameterValues } from "@plumage/models";
import * as ort from "@plumage/models/onnxruntime";
import { randomBytes, randomParameters, tinyArchitecture } from "@plumage/models/testing";
import { expect, test } from "vitest";
import { stepMetricNames } from "../../objective/index.ts";
import { trainedNames } from "../../program/trained.ts";
import { everyClassVector, everyTerm, relativeError } from "../../testing/tensors.ts";
import { microBatchGradients, wholeBatchGradients } from "./hostGradients.ts";

const size = 40;
const batch = 12;
const architecture = { ...tinyArchitecture(4, size), ...everyClassVector };
const options = {
  batchNorm: "frozen",
  objective: everyTerm,
  clipNorm: 0,
  weightDecay: 0,
  headRate: 1,
  proxyRate: 1,
} as const;
const plan = { architecture, options, batch };
const images = {
  input: randomBytes(batch * size * size * 3, 5),
  labels: Int32Array.of(0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3),
};
const open = (model: { bytes: Uint8Array }) =>
  ort.InferenceSession.create(model.bytes, { intraOpNumThreads: 1, logSeverityLevel: 3 });

test.each([1, 4, 6])(
  "micro-batches of %i give the metrics and gradients of the whole batch",
  async (microBatch) => {
    const parameters = randomParameters(architecture, 3);
    const noGradients = (): ParameterValues =>
      new Map(
        trainedNames(architecture).map((name) => [
          name,
          new Float32Array(parameters.get(name)!.length).fill(NaN),
        ]),
      );
    const [expectedGradients, gradients] = [noGradients(), noGradients()];
    const whole = await wholeBatchGradients(
      plan,
      { parameters, gradients: expectedGradients },
      open,
    );
    const parts = await microBatchGradients(plan, { parameters, gradients }, open, microBatch);
    const expected = await whole.run(images);
    // Twice, since a step must not depend on what the previous one left in the buffers.
    await parts.run(images);
    const actual = await parts.run(images);
    for (const name of stepMetricNames) expect(actual[name], name).toBeCloseTo(expected[name], 4);
    for (const [name, gradient] of expectedGradients) {
      expect(relativeError(gradients.get(name)!, gradient), name).toBeLessThan(1e-5);
    }
    await whole.close();
    await parts.close();
  },
);
