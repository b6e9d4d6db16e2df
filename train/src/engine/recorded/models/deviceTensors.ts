/** ONNX models for tensors that stay on the device: add them up, and read them back. */
import { type RecordedModel, recordModel } from "@plumage/export/recorder";
import * as tf from "@tensorflow/tfjs-core";

type Shapes = ReadonlyMap<string, readonly number[]>;

const inputsOf = (shapes: Shapes, prefix = "") =>
  [...shapes].map(([name, shape]) => [`${prefix}${name}`, { shape, type: "float32" }] as const);

/** Adds two sets of tensors: inputs `a:NAME` and `b:NAME`, outputs `NAME`. */
export const recordSums = (shapes: Shapes): RecordedModel =>
  recordModel(
    (tensors) =>
      Object.fromEntries(
        [...shapes.keys()].map((name) => [
          name,
          tf.add(tensors[`a:${name}`]!, tensors[`b:${name}`]!),
        ]),
      ),
    Object.fromEntries([...inputsOf(shapes, "a:"), ...inputsOf(shapes, "b:")]),
    { name: "sums" },
  );

/**
 * Copies tensors: inputs `NAME`, outputs `read:NAME`. A tensor on the device can be read only as
 * the output of a run.
 */
export const recordRead = (shapes: Shapes): RecordedModel =>
  recordModel(
    (tensors) =>
      Object.fromEntries(
        [...shapes.keys()].map((name) => [`read:${name}`, tf.add(tensors[name]!, 0)]),
      ),
    Object.fromEntries(inputsOf(shapes)),
    { name: "read" },
  );
