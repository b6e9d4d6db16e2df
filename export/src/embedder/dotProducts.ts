/** The matrix product for exact search in @plumage/models, with onnxruntime. */
import { availableParallelism } from "node:os";
import type { DotProductProvider } from "@plumage/models";
import * as ort from "@plumage/models/onnxruntime";
import * as tf from "@tensorflow/tfjs-core";
import { recordModel } from "../recorder/index.ts";

/** Dot products on the CPU, with all cores. */
export const onnxDotProducts: DotProductProvider = async (dimension) => {
  const { bytes } = recordModel(
    ({ queries, references }) => ({
      products: tf.matMul(queries as tf.Tensor2D, references as tf.Tensor2D, false, true),
    }),
    {
      queries: { shape: ["Q", dimension], type: "float32" },
      references: { shape: ["R", dimension], type: "float32" },
    },
    { name: "products" },
  );
  const session = await ort.InferenceSession.create(bytes, {
    intraOpNumThreads: availableParallelism(),
    logSeverityLevel: 3,
  });
  const tensor = (rows: Float32Array) =>
    new ort.Tensor("float32", rows, [rows.length / dimension, dimension]);
  return {
    async multiply(queries, references) {
      const inputs = { queries: tensor(queries), references: tensor(references) };
      const { products } = await session.run(inputs);
      return products!.data as Float32Array;
    },
    release: () => session.release(),
  };
};
