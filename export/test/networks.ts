/** Two networks in plain tfjs that have nothing to do with the embedder, to test the recorder. */
import * as tf from "@tensorflow/tfjs-core";
import type { InputSpec } from "../src/recorder/index.ts";
import { numbers } from "./oracle.ts";

export interface Network {
  readonly name: string;
  /** Shape of one example. */
  readonly inputShape: readonly number[];
  readonly parameters: Readonly<Record<string, readonly number[]>>;
  run(x: tf.Tensor, parameters: Record<string, tf.Tensor>): tf.Tensor;
}

const same: [[number, number], [number, number], [number, number], [number, number]] = [
  [0, 0],
  [1, 1],
  [1, 1],
  [0, 0],
];

/**
 * Two inverted residuals (Sandler et al. 2018, MobileNetV2, arXiv 1801.04381), the first of stride
 * 2, on 16 x 16 pixels.
 */
export const mobileNetLike: Network = {
  name: "MobileNet-like network",
  inputShape: [16, 16, 3],
  parameters: {
    "stem.weight": [3, 3, 3, 8],
    "stem.bias": [8],
    ...residual("block1", 8, 24, 12),
    ...residual("block2", 12, 36, 12),
    "classifier.weight": [12, 5],
    "classifier.bias": [5],
  },
  run(x, p) {
    const stem = tf.relu6(
      tf.add(
        tf.conv2d(x as tf.Tensor4D, p["stem.weight"] as tf.Tensor4D, 1, same),
        p["stem.bias"]!,
      ),
    );
    const first = invertedResidual(stem as tf.Tensor4D, "block1", 2, p);
    const second = tf.add(first, invertedResidual(first, "block2", 1, p));
    const pooled = tf.mean(second, [1, 2]) as tf.Tensor2D;
    return tf.softmax(
      tf.add(tf.matMul(pooled, p["classifier.weight"] as tf.Tensor2D), p["classifier.bias"]!),
    );
  },
};

function residual(name: string, from: number, wide: number, to: number) {
  return {
    [`${name}.expand.weight`]: [1, 1, from, wide],
    [`${name}.expand.bias`]: [wide],
    [`${name}.depthwise.weight`]: [3, 3, wide, 1],
    [`${name}.depthwise.bias`]: [wide],
    [`${name}.project.weight`]: [1, 1, wide, to],
    [`${name}.project.bias`]: [to],
  };
}

function invertedResidual(
  x: tf.Tensor4D,
  name: string,
  stride: number,
  p: Record<string, tf.Tensor>,
): tf.Tensor4D {
  const weight = (part: string) => p[`${name}.${part}.weight`] as tf.Tensor4D;
  const bias = (part: string) => p[`${name}.${part}.bias`]!;
  const wide = tf.relu6(
    tf.add(tf.conv2d(x, weight("expand"), 1, "valid"), bias("expand")),
  ) as tf.Tensor4D;
  const filtered = tf.relu6(
    tf.add(tf.depthwiseConv2d(wide, weight("depthwise"), stride, same), bias("depthwise")),
  );
  return tf.add(tf.conv2d(filtered as tf.Tensor4D, weight("project"), 1, "valid"), bias("project"));
}

/**
 * Two residual blocks, each LayerNorm (arXiv 1607.06450), Linear, exact GELU (arXiv 1606.08415) and
 * Linear.
 */
export const layerNormMlp: Network = {
  name: "MLP with LayerNorm and GELU",
  inputShape: [12],
  parameters: { ...block("block1", 12, 32), ...block("block2", 12, 32) },
  run: (x, p) =>
    ["block1", "block2"].reduce((y, name) => tf.add(y, mlpBlock(y as tf.Tensor2D, name, p)), x),
};

function block(name: string, width: number, hidden: number) {
  return {
    [`${name}.norm.weight`]: [width],
    [`${name}.norm.bias`]: [width],
    [`${name}.up.weight`]: [width, hidden],
    [`${name}.up.bias`]: [hidden],
    [`${name}.down.weight`]: [hidden, width],
    [`${name}.down.bias`]: [width],
  };
}

function mlpBlock(x: tf.Tensor2D, name: string, p: Record<string, tf.Tensor>): tf.Tensor {
  const part = (of: string) => p[`${name}.${of}`]!;
  const { mean, variance } = tf.moments(x, -1, true);
  const scaled = tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5)));
  const normed = tf.add(tf.mul(scaled, part("norm.weight")), part("norm.bias")) as tf.Tensor2D;
  const up = tf.add(tf.matMul(normed, part("up.weight") as tf.Tensor2D), part("up.bias"));
  const gelu = tf.mul(up, tf.mul(0.5, tf.add(1, tf.erf(tf.div(up, Math.SQRT2))))) as tf.Tensor2D;
  return tf.add(tf.matMul(gelu, part("down.weight") as tf.Tensor2D), part("down.bias"));
}

/** Seeded parameters, scaled by fan-in so that activations neither vanish nor explode. */
export const parameterValues = (network: Network): Map<string, Float32Array<ArrayBuffer>> =>
  new Map(
    Object.entries(network.parameters).map(([name, shape], i) => {
      const incoming = shape.length > 1 ? shape.slice(0, name.includes("depthwise") ? 2 : -1) : [];
      const spread =
        shape.length > 1
          ? Math.sqrt(6 / incoming.reduce((product, size) => product * size, 1))
          : 0.5;
      return [name, numbers(shape, 1000 + i, -spread, spread)];
    }),
  );

/** The network's inputs for recordModel: a symbolic batch, and the parameters as initializers. */
export const inputSpecs = (network: Network): Record<string, InputSpec> => ({
  x: { shape: ["N", ...network.inputShape], type: "float32" },
  ...Object.fromEntries(
    Array.from(parameterValues(network), ([name, data]) => [
      name,
      { shape: network.parameters[name]!, type: "float32" as const, data },
    ]),
  ),
});
