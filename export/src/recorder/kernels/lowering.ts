/** The type of the lowering table's entries: each writes one tfjs kernel as ONNX nodes. */
import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { Recording } from "../record/recording.ts";

export interface KernelCall {
  readonly recording: Recording;
  /** tfjs's name of the kernel. */
  readonly kernel: string;
  // tfjs has types for these per kernel, but only to cast to; each entry is tested against tfjs.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly inputs: any;
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly attrs: any;
}

/** Adds the nodes for one kernel call to the graph and returns the kernel's outputs. */
export type Lowering = (call: KernelCall) => TensorInfo | TensorInfo[];
export type LoweringTable = Readonly<Record<string, Lowering>>;
