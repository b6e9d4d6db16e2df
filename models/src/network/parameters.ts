/**
 * The parameter table of a ResNet-CGD: names, shapes and first values, in the order of the forward
 * pass.
 */

import { normal } from "../numeric/random.ts";
import type { Architecture, Descriptor } from "./architecture.ts";

/** Name, shape and initialization of one parameter. */
export interface ParameterSpec {
  /** torchvision's name where it has one, e.g. "layer1.0.conv1.weight". */
  readonly name: string;
  /**
   * Shape as torch stores it: filters [out, in, height, width], matrices [out, in], vectors
   * [length].
   */
  readonly shape: readonly number[];
  /** Running batch-norm statistics are not trained by gradients. */
  readonly trained: boolean;
  /** The descriptors' Linear: the head that turns pooled features into the embedding. */
  readonly head?: boolean;
  /** Standard deviation of normal first values, or the value itself for a constant. */
  readonly init: { readonly deviation: number } | { readonly constant: number };
}

/** Parameter values by name, as torch lays them out. */
export type ParameterValues = Map<string, Float32Array<ArrayBuffer>>;

/** torch's epsilon of batch norm and layer norm. */
export const normEpsilon = 1e-5;

/** Channels that a bottleneck block widens its inner width by. */
export const expansion = 4;

/**
 * First scale of the last batch norm in each block, between torchvision's 1 and the 0 of its
 * zero_init_residual: with 16 blocks the sum of branches then weighs about as much as the stem, and
 * gradients reach every filter from the first step.
 */
const residualGain = 0.25;

/** The stride of a stage's first block (v1.5: it stands on the 3x3 convolution). */
export const stageStride = ({ blocks, lastStride = 2 }: Architecture, stage: number): number =>
  stage === 0 ? 1 : stage === blocks.length - 1 ? lastStride : 2;

/** Numbers of the embedding that each descriptor contributes. */
export const descriptorShare = (architecture: Architecture): number =>
  architecture.dimension / architecture.descriptors.length;

/** Channels of the last feature map: the pooled features' length. */
export const featureChannels = ({ width }: Architecture): number => (width << 3) * expansion;

/** Prefix of the parameter names of one descriptor's head. */
export const headPrefix = (descriptor: Descriptor): string => `descriptors.${descriptor}`;

/** All parameters of the network, trained ones and statistics. */
export function parameterTable(architecture: Architecture): ParameterSpec[] {
  const { width, blocks, descriptors, classes } = architecture;
  const table = [...convolution("conv1", "bn1", 3, width, 7, 1)];
  let channels = width;
  blocks.forEach((count, stage) => {
    const inner = width << stage;
    for (let block = 0; block < count; block++) {
      const prefix = `layer${stage + 1}.${block}`;
      table.push(
        ...convolution(`${prefix}.conv1`, `${prefix}.bn1`, channels, inner, 1, 1),
        ...convolution(`${prefix}.conv2`, `${prefix}.bn2`, inner, inner, 3, 1),
        ...convolution(
          `${prefix}.conv3`,
          `${prefix}.bn3`,
          inner,
          inner * expansion,
          1,
          residualGain,
        ),
      );
      if (block === 0) {
        table.push(
          ...convolution(
            `${prefix}.downsample.0`,
            `${prefix}.downsample.1`,
            channels,
            inner * expansion,
            1,
            1,
          ),
        );
      }
      channels = inner * expansion;
    }
  });
  const share = descriptorShare(architecture);
  for (const descriptor of descriptors) {
    const prefix = headPrefix(descriptor);
    table.push(
      { ...matrix(`${prefix}.linear.weight`, share, channels), head: true },
      vector(`${prefix}.norm.weight`, share, 1),
      vector(`${prefix}.norm.bias`, share, 0),
    );
  }
  table.push(matrix("classifier.weight", classes, channels), vector("classifier.bias", classes, 0));
  return table;
}

/**
 * First values, the same for a seed on every machine. Filters as He et al. 2015 (fan out), as
 * torchvision does.
 */
export function initialParameters(architecture: Architecture, seed: number): ParameterValues {
  const next = normal(seed);
  return new Map(
    parameterTable(architecture).map(({ name, shape, init }) => {
      const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
      if ("constant" in init) values.fill(init.constant);
      else for (let i = 0; i < values.length; i++) values[i] = next() * init.deviation;
      return [name, values];
    }),
  );
}

function convolution(
  conv: string,
  norm: string,
  from: number,
  to: number,
  side: number,
  gain: number,
): ParameterSpec[] {
  return [
    {
      name: `${conv}.weight`,
      shape: [to, from, side, side],
      trained: true,
      init: { deviation: Math.sqrt(2 / (to * side * side)) },
    },
    vector(`${norm}.weight`, to, gain),
    vector(`${norm}.bias`, to, 0),
    { ...vector(`${norm}.running_mean`, to, 0), trained: false },
    { ...vector(`${norm}.running_var`, to, 1), trained: false },
  ];
}

const matrix = (name: string, to: number, from: number): ParameterSpec => ({
  name,
  shape: [to, from],
  trained: true,
  init: { deviation: Math.sqrt(1 / (3 * from)) },
});

const vector = (name: string, length: number, constant: number): ParameterSpec => ({
  name,
  shape: [length],
  trained: true,
  init: { constant },
});

/**
 * The batch norm that follows a convolution, by torchvision's names: bn1 after conv1, downsample.1
 * after downsample.0.
 */
const normOf = (conv: string): string =>
  conv.endsWith("downsample.0") ? `${conv.slice(0, -1)}1` : conv.replace(/conv(\d)$/, "bn$1");

/**
 * Folds every batch norm into the filter before it and a bias, so that foldedBatchNorm computes
 * what frozenBatchNorm does.
 *
 * @returns values by name; scales and statistics are gone, each batch norm's bias is the
 * convolution's
 */
export function foldBatchNorm(
  architecture: Architecture,
  values: ParameterValues,
): ParameterValues {
  const folded: ParameterValues = new Map(values);
  for (const { name, shape } of parameterTable(architecture)) {
    if (shape.length !== 4) continue;
    const norm = normOf(name.replace(/\.weight$/, ""));
    const part = (which: string): Float32Array => values.get(`${norm}.${which}`)!;
    const [scale, bias] = [part("weight"), part("bias")];
    const [mean, variance] = [part("running_mean"), part("running_var")];
    const filter = values.get(name)!.slice();
    const newBias = new Float32Array(bias.length);
    const each = filter.length / bias.length;
    for (let channel = 0; channel < bias.length; channel++) {
      const slope = scale[channel]! / Math.sqrt(variance[channel]! + normEpsilon);
      newBias[channel] = bias[channel]! - mean[channel]! * slope;
      for (let i = channel * each; i < (channel + 1) * each; i++) filter[i]! *= slope;
    }
    folded.set(name, filter).set(`${norm}.bias`, newBias);
    for (const gone of ["weight", "running_mean", "running_var"]) folded.delete(`${norm}.${gone}`);
  }
  return folded;
}

/**
 * Shape of a parameter as tfjs sees it: filters [height, width, in, out], the rest as torch has it.
 */
export function logicalShape(shape: readonly number[]): number[] {
  if (shape.length !== 4) return [...shape];
  const [to, from, height, width] = shape as [number, number, number, number];
  return [height, width, from, to];
}
