/**
 * Explicit padding for the tensorflow backend. tfjs-node 4.22 takes it in Conv2D alone and refuses
 * it in MaxPool and in the gradients of both, though every other backend has it: here these kernels
 * pad their input first, and cut what they return.
 */
import * as tf from "@tensorflow/tfjs-core";

/** What is added before and after each axis of [batch, height, width, channels]. */
type Pads = [number, number][];
type Attributes = Record<string, unknown>;
/** A kernel without padding, the other attributes being as they were. */
type Unpadded = (inputs: tf.NamedTensorInfoMap, attributes?: Attributes) => tf.Tensor4D;

const backendName = "tensorflow";
/** Never the largest of a window. */
const lowest = -3.4e38;

/** The pads of a kernel's attribute, if it is neither "valid" nor "same". */
function explicitPads(pad: unknown): Pads | undefined {
  const sides: [number, number] = [Number(pad), Number(pad)];
  if (typeof pad === "number") return [[0, 0], sides, sides, [0, 0]];
  return Array.isArray(pad) ? (pad as Pads) : undefined;
}

const padded = (x: tf.TensorInfo | undefined, pads: Pads, value = 0): tf.Tensor4D =>
  tf.pad(x as tf.Tensor4D, pads, value);
const paddedShape = (shape: number[], pads: Pads): number[] =>
  shape.map((size, i) => size + pads[i]![0] + pads[i]![1]);
const cut = (x: tf.Tensor4D, pads: Pads, shape: number[]): tf.Tensor4D =>
  tf.slice(
    x,
    pads.map(([before]) => before) as [number, number, number, number],
    shape as typeof x.shape,
  );

const padding: Record<
  string,
  (
    kernel: Unpadded,
    inputs: tf.NamedTensorInfoMap,
    pads: Pads,
    attributes: Attributes,
  ) => tf.Tensor4D
> = {
  [tf.MaxPool]: (kernel, { x }, pads) => kernel({ x: padded(x, pads, lowest) }),
  [tf.MaxPoolGrad]: (kernel, { dy, input, output }, pads) =>
    cut(
      kernel({ dy: dy!, input: padded(input, pads, lowest), output: output! }),
      pads,
      input!.shape,
    ),
  [tf.Conv2DBackpropFilter]: (kernel, { x, dy }, pads) => kernel({ x: padded(x, pads), dy: dy! }),
  [tf.Conv2DBackpropInput]: (kernel, inputs, pads, { inputShape }) => {
    const shape = inputShape as number[];
    return cut(kernel(inputs, { inputShape: paddedShape(shape, pads) }), pads, shape);
  },
};

/** Puts these kernels in the place of tfjs-node's, which must be registered; to be called once. */
export function padTensorflowKernels(): void {
  for (const [kernelName, run] of Object.entries(padding)) {
    const { kernelFunc } = tf.getKernel(kernelName, backendName);
    tf.unregisterKernel(kernelName, backendName);
    tf.registerKernel({
      kernelName,
      backendName,
      kernelFunc: ({ inputs, backend, attrs = {} }) => {
        const pads = explicitPads(attrs.pad);
        if (!pads) return kernelFunc({ inputs, backend, attrs });
        return tf.tidy(() => {
          const unpadded: Unpadded = (given, attributes) =>
            kernelFunc({
              inputs: given,
              backend,
              attrs: { ...attrs, ...attributes, pad: "valid" } as tf.NamedAttrMap,
            }) as tf.Tensor4D;
          return run(unpadded, inputs, pads, attrs);
        });
      },
    });
  }
}
