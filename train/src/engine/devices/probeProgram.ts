/**
 * The process behind probe(): `probeProgram.ts tfjs-node-gpu|cuda|webgpu` prints what it found as
 * one JSON line.
 */
import "../../tensors.ts";
import { recordModel } from "@plumage/export/recorder";
import * as tf from "@tensorflow/tfjs-core";
import * as ort from "onnxruntime-node";
import { openTensorflow } from "../eager/tensorflow.ts";
import type { ProbeAnswer, ProbeTarget } from "./probe.ts";

const target = process.argv[2] as ProbeTarget;

async function tensorflow(): Promise<ProbeAnswer> {
  await openTensorflow();
  await tf.setBackend("tensorflow");
  const { isUsingGpuDevice } = tf.backend() as tf.KernelBackend & { isUsingGpuDevice: boolean };
  return { ok: true, message: "", gpu: isUsingGpuDevice };
}

async function provider(name: "cuda" | "webgpu"): Promise<ProbeAnswer> {
  const { bytes } = recordModel(
    ({ x }) => ({ y: tf.relu(x!) }),
    { x: { shape: [2], type: "float32" } },
    { name: "probe" },
  );
  const session = await ort.InferenceSession.create(bytes, {
    executionProviders: [name],
    logSeverityLevel: 4,
  });
  const { y } = await session.run({ x: new ort.Tensor("float32", Float32Array.of(-1, 2), [2]) });
  const right = (y!.data as Float32Array).join() === "0,2";
  return { ok: right, message: right ? "" : "it computes wrongly", gpu: right };
}

/** The last sentence of a native error says what is missing. */
const brief = (error: unknown): string => {
  const text = String((error as Error).message ?? error).split("\n")[0]!;
  return text.length > 160 ? `...${text.slice(-160)}` : text;
};

const answer = await (target === "tfjs-node-gpu" ? tensorflow() : provider(target)).catch(
  (error: unknown): ProbeAnswer => ({ ok: false, message: brief(error), gpu: false }),
);
console.log(JSON.stringify(answer));
process.exit(0);
