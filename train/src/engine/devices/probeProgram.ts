/**
 * The child process of probe(): `probeProgram.ts tfjs-node-gpu|cuda|webgpu` prints a ProbeResult as
 * a line of JSON.
 */
import "../../tensors.ts";
import { recordModel } from "@plumage/export/recorder";
import * as ort from "@plumage/models/onnxruntime";
import * as tf from "@tensorflow/tfjs-core";
import { openTensorflow } from "../eager/tensorflow.ts";
import type { ProbeResult, ProbeTarget } from "./probe.ts";

const target = process.argv[2] as ProbeTarget;

async function tensorflow(): Promise<ProbeResult> {
  await openTensorflow();
  await tf.setBackend("tensorflow");
  const { isUsingGpuDevice } = tf.backend() as tf.KernelBackend & { isUsingGpuDevice: boolean };
  return { ok: true, message: "", gpu: isUsingGpuDevice };
}

async function provider(name: "cuda" | "webgpu"): Promise<ProbeResult> {
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
  const ok = (y!.data as Float32Array).join() === "0,2";
  return { ok, message: ok ? "" : "it computes wrong results", gpu: ok };
}

/** The end of a native error says what is missing. */
const shorten = (error: unknown): string => {
  const text = String((error as Error).message ?? error).split("\n")[0]!;
  return text.length > 160 ? `...${text.slice(-160)}` : text;
};

const result = await (target === "tfjs-node-gpu" ? tensorflow() : provider(target)).catch(
  (error: unknown): ProbeResult => ({ ok: false, message: shorten(error), gpu: false }),
);
console.log(JSON.stringify(result));
process.exit(0);
