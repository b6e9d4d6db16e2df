/**
 * Explicit padding for the tensorflow backend. Unlike every other backend, tfjs-node 4.22 supports
 * it only in Conv2D, not in MaxPool nor in the gradients of both. These kernels pad their input and
 * crop their output instead.
 */
import * as tf from "@tensorflow/tfjs-core";

/** Padding before and after each axis of [batch, height, width, channels]. */
type Pads = [number, number][];
type Attributes = Record<string, unknown>;
/** Calls the original kernel with `pad: "valid"` and the given inputs and attributes. */
type OriginalKernel = (inputs: tf.NamedTensorInfoMap, attributes?: Attributes) => tf.Tensor4D;

const backendName = "tensorflow";
/** Below every value, so padding never wins in a MaxPool. */
const lowest = -3.4e38;

/** Parses a kernel's `pad` attribute. Undefined for "valid" and "same". */
function explicitPads(pad: unknown): Pads | undefined {
  const both: [number, number] = [Number(pad), Number(pad)];
  if (typeof pad === "number") return [[0, 0], both, both, [0, 0]];
  return Array.isArray(pad) ? (pad as Pads) : undefined;
}

const padded = (x: tf.TensorInfo | undefined, pads: Pads, value = 0): tf.Tensor4D =>
  tf.pad(x as tf.Tensor4D, pads, value);
const paddedShape = (shape: number[], pads: Pads): number[] =>
  shape.map((size, i) => size + pads[i]![0] + pads[i]![1]);
const cropped = (x: tf.Tensor4D, pads: Pads, shape: number[]): tf.Tensor4D =>
  tf.slice(
    x,
    pads.map(([before]) => before) as [number, number, number, number],
    shape as typeof x.shape,
  );

const padding: Record<
  string,
  (
    kernel: OriginalKernel,
    inputs: tf.NamedTensorInfoMap,
    pads: Pads,
    attributes: Attributes,
  ) => tf.Tensor4D
> = {
  [tf.MaxPool]: (kernel, { x }, pads) => kernel({ x: padded(x, pads, lowest) }),
  [tf.MaxPoolGrad]: (kernel, { dy, input, output }, pads) =>
    cropped(
      kernel({ dy: dy!, input: padded(input, pads, lowest), output: output! }),
      pads,
      input!.shape,
    ),
  [tf.Conv2DBackpropFilter]: (kernel, { x, dy }, pads) => kernel({ x: padded(x, pads), dy: dy! }),
  [tf.Conv2DBackpropInput]: (kernel, inputs, pads, { inputShape }) => {
    const shape = inputShape as number[];
    return cropped(kernel(inputs, { inputShape: paddedShape(shape, pads) }), pads, shape);
  },
};

/** Replaces tfjs-node's kernels with the padding ones. Call once, after tfjs-node is loaded. */
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
          const original: OriginalKernel = (given, attributes) =>
            kernelFunc({
              inputs: given,
              backend,
              attrs: { ...attrs, ...attributes, pad: "valid" } as tf.NamedAttrMap,
            }) as tf.Tensor4D;
          return run(original, inputs, pads, attrs);
        });
      },
    });
  }
}
