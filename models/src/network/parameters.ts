/** The parameters of a ResNet-CGD, in the order of the forward pass. */
import { normal } from "../numeric/random.ts";
import type { Architecture, Descriptor } from "./architecture.ts";
import type { NetworkArchitecture } from "./encoderHead.ts";

/** The parts of a network, which may have different learning rates. */
export const parameterParts = ["backbone", "linear", "norm", "classifier", "classVectors"] as const;
export type ParameterPart = (typeof parameterParts)[number];

/** Name, shape and initialization of one parameter. */
export interface ParameterSpec {
  /** torchvision's name where it has one, e.g. "layer1.0.conv1.weight". */
  readonly name: string;
  /** Shape as in torch: filters [out, in, height, width], matrices [out, in], vectors [length]. */
  readonly shape: readonly number[];
  /** False for running statistics of batch norms, which have no gradients. */
  readonly trained: boolean;
  /** "linear" and "norm" are the layers of the CGD head; "classVectors" belong to losses. */
  readonly part: ParameterPart;
  /** Initial values: normal with a standard deviation, or a constant. */
  readonly init: { readonly std: number } | { readonly constant: number };
}

/** Parameter values by name, in torch's layout. */
export type ParameterValues = Map<string, Float32Array<ArrayBuffer>>;

/** Epsilon of batch norm and layer norm in torch. */
export const normEpsilon = 1e-5;

/** Output channels of a bottleneck block per inner channel. */
const expansion = 4;

/**
 * Initial scale of the last batch norm in each block, between torchvision's default of 1 and the 0
 * of zero_init_residual. With 16 blocks, the residual branches together then weigh about as much as
 * the stem, and every filter has a gradient from the first step.
 */
const residualGain = 0.25;

/** Stride of a stage's first block; in v1.5 it is that of the 3x3 convolution. */
export const stageStride = ({ blocks, lastStride = 2 }: Architecture, stage: number): number =>
  stage === 0 ? 1 : stage === blocks.length - 1 ? lastStride : 2;

/** Numbers of the embedding that each descriptor contributes. */
const descriptorShare = (architecture: NetworkArchitecture): number =>
  architecture.dimension / architecture.descriptors.length;

/** Channels of the last feature map, and length of the pooled features. */
export const featureChannels = (architecture: NetworkArchitecture): number =>
  architecture.name === "encoder-head"
    ? architecture.channels
    : (architecture.width << 3) * expansion;

/** Prefix of the parameter names of one descriptor's head. */
export const headPrefix = (descriptor: Descriptor): string => `descriptors.${descriptor}`;

/** All parameters of the network, including running statistics. */
export function parameterTable(architecture: NetworkArchitecture): ParameterSpec[] {
  const backbone = architecture.name === "encoder-head" ? [] : backboneTable(architecture);
  return [...backbone, ...headTable(architecture)];
}

function backboneTable({ width, blocks }: Architecture): ParameterSpec[] {
  const table = [...convolution("conv1", "bn1", 3, width, 7, 1)];
  let channels = width;
  blocks.forEach((count, stage) => {
    const inner = width << stage;
    const outer = inner * expansion;
    for (let block = 0; block < count; block++) {
      const prefix = `layer${stage + 1}.${block}`;
      const place = (name: string) => [`${prefix}.conv${name}`, `${prefix}.bn${name}`] as const;
      table.push(
        ...convolution(...place("1"), channels, inner, 1, 1),
        ...convolution(...place("2"), inner, inner, 3, 1),
        ...convolution(...place("3"), inner, outer, 1, residualGain),
      );
      if (block === 0) {
        const shortcut = `${prefix}.downsample`;
        table.push(...convolution(`${shortcut}.0`, `${shortcut}.1`, channels, outer, 1, 1));
      }
      channels = outer;
    }
  });
  return table;
}

/** The CGD head, the classifier and the class vectors of losses. */
function headTable(architecture: NetworkArchitecture): ParameterSpec[] {
  const { descriptors, classes } = architecture;
  const channels = featureChannels(architecture);
  const share = descriptorShare(architecture);
  return [
    ...descriptors.flatMap((descriptor) => {
      const prefix = headPrefix(descriptor);
      return [
        matrix(`${prefix}.linear.weight`, "linear", share, channels),
        vector(`${prefix}.norm.weight`, "norm", share, 1),
        vector(`${prefix}.norm.bias`, "norm", share, 0),
      ];
    }),
    matrix("classifier.weight", "classifier", classes, channels),
    vector("classifier.bias", "classifier", classes, 0),
    ...classVectorTable(architecture),
  ];
}

/** Name of the class vectors of a loss, [classes * vectors per class, dimension]. */
export const classVectorsName = (loss: keyof NonNullable<Architecture["classVectors"]>): string =>
  `classVectors.${loss}`;

/** Initialized as in pytorch-metric-learning. Losses scale them to unit length. */
function classVectorTable({
  classes,
  dimension,
  classVectors,
}: NetworkArchitecture): ParameterSpec[] {
  // Proxies as by torch's kaiming_normal_(mode="fan_out"), centers as by normal_().
  const initialStd = { proxyAnchor: Math.sqrt(2 / classes), arcFace: 1 };
  return (["proxyAnchor", "arcFace"] as const).flatMap((loss) => {
    const perClass = classVectors?.[loss];
    if (!perClass) return [];
    const name = classVectorsName(loss);
    const spec = matrix(name, "classVectors", classes * perClass, dimension);
    return [{ ...spec, init: { std: initialStd[loss] } }];
  });
}

/**
 * Initial values, the same on every machine for a seed. Filters as in torchvision: He et al. 2015,
 * fan-out mode.
 */
export function initialParameters(
  architecture: NetworkArchitecture,
  seed: number,
): ParameterValues {
  const next = normal(seed);
  return new Map(
    parameterTable(architecture).map(({ name, shape, init }) => {
      const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
      if ("constant" in init) values.fill(init.constant);
      else for (let i = 0; i < values.length; i++) values[i] = next() * init.std;
      return [name, values];
    }),
  );
}

function convolution(
  conv: string,
  norm: string,
  inputs: number,
  outputs: number,
  size: number,
  gain: number,
): ParameterSpec[] {
  return [
    {
      name: `${conv}.weight`,
      shape: [outputs, inputs, size, size],
      trained: true,
      part: "backbone",
      init: { std: Math.sqrt(2 / (outputs * size * size)) },
    },
    vector(`${norm}.weight`, "backbone", outputs, gain),
    vector(`${norm}.bias`, "backbone", outputs, 0),
    { ...vector(`${norm}.running_mean`, "backbone", outputs, 0), trained: false },
    { ...vector(`${norm}.running_var`, "backbone", outputs, 1), trained: false },
  ];
}

const matrix = (
  name: string,
  part: ParameterPart,
  outputs: number,
  inputs: number,
): ParameterSpec => ({
  name,
  shape: [outputs, inputs],
  trained: true,
  part,
  init: { std: Math.sqrt(1 / (3 * inputs)) },
});

const vector = (
  name: string,
  part: ParameterPart,
  length: number,
  constant: number,
): ParameterSpec => ({
  name,
  shape: [length],
  trained: true,
  part,
  init: { constant },
});

/** The batch norm after a convolution: bn1 for conv1, downsample.1 for downsample.0. */
const normOf = (conv: string): string =>
  conv.endsWith("downsample.0") ? `${conv.slice(0, -1)}1` : conv.replace(/conv(\d)$/, "bn$1");

/**
 * Folds each batch norm into the filter before it and a bias. foldedBatchNorm then computes what
 * frozenBatchNorm does on the original values.
 *
 * @returns values by name, without scales and statistics; each norm's bias is the convolution's
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
    for (const removed of ["weight", "running_mean", "running_var"])
      folded.delete(`${norm}.${removed}`);
  }
  return folded;
}

/** Shape of a parameter in tfjs: filters [height, width, in, out], all others as in torch. */
export function logicalShape(shape: readonly number[]): number[] {
  if (shape.length !== 4) return [...shape];
  const [outputs, inputs, height, width] = shape as [number, number, number, number];
  return [height, width, inputs, outputs];
}
