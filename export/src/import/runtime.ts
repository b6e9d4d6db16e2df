/** Opens a graph that another tool wrote; what onnxruntime refuses is named. */
import { availableParallelism } from "node:os";
import { toBinary } from "@bufbuild/protobuf";
import { PlumageError } from "@plumage/models";
import * as ort from "@plumage/models/onnxruntime";
import { type ModelProto, ModelProtoSchema } from "onnx-buf";

/**
 * Opens a session on the CPU, with all cores.
 *
 * @throws PlumageError "unsupported" that names the operator that onnxruntime cannot run, or
 * "bad-file" for a graph that is not valid
 */
export async function openEncoder(model: ModelProto): Promise<ort.InferenceSession> {
  try {
    return await ort.InferenceSession.create(toBinary(ModelProtoSchema, model), {
      executionProviders: ["cpu"],
      intraOpNumThreads: availableParallelism(),
      logSeverityLevel: 4,
    });
  } catch (cause) {
    throw refusal((cause as Error).message);
  }
}

/** Runs the session; an operator may also fail when it computes. */
export async function runEncoder(
  session: ort.InferenceSession,
  inputs: Record<string, ort.Tensor>,
): Promise<ort.InferenceSession.OnnxValueMapType> {
  try {
    return await session.run(inputs);
  } catch (cause) {
    throw refusal((cause as Error).message);
  }
}

/** How onnxruntime's messages name an operator; see its graph.cc and session_state.cc. */
const operatorPatterns = [
  /Fatal error: ([\w.]*:?\w+)\(-?\d+\) is not a registered function\/op/,
  /No Op registered for (\w+) with domain_version/,
  /Could not find an implementation for ([\w.:]+)\(\d+\) node/,
  /Non-zero status code returned while running (\w+) node/,
];

/** The error for a message of onnxruntime. */
export function refusal(message: string): PlumageError {
  const [line] = message.split("\n", 1);
  const operator = operatorPatterns
    .map((pattern) => pattern.exec(message)?.[1])
    .find((name) => name !== undefined);
  if (!operator) return new PlumageError("bad-file", `onnxruntime refuses the graph: ${line}`);
  return new PlumageError(
    "unsupported",
    `onnxruntime cannot run the operator ${operator}: ${line}`,
    "export the encoder with standard ONNX operators",
  );
}
