/** What an entry of the lowering table is: one tfjs kernel, written as ONNX nodes. */
import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { Recording } from "../record/recording.ts";

export interface KernelCall {
  readonly recording: Recording;
  /** tfjs's name of the kernel. */
  readonly kernel: string;
  // tfjs types these per kernel, but only as a cast at each kernel's door; the tests hold every entry against tfjs itself.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly inputs: any;
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly attrs: any;
}

/** Adds the nodes for one call of a kernel and returns its outputs. */
export type Lowering = (call: KernelCall) => TensorInfo | TensorInfo[];
export type LoweringTable = Readonly<Record<string, Lowering>>;
