/** How the encoder's output becomes one vector per image. */
import { type ImageLayout, PlumageError, type Pooling } from "@plumage/models";
import type { ImportChoices } from "./options.ts";
import { presets } from "./presets.ts";

export interface Head {
  /** Name of the value that is pooled. */
  readonly output: string;
  /** Of one image, without the batch axis. */
  readonly shape: readonly number[];
  /** "none" if the value is a vector already. */
  readonly pool: Pooling;
  /** Axes of positions, counted with the batch axis: [2, 3] of [N, C, H, W]. */
  readonly axes: readonly number[];
  /** Length of the vector. */
  readonly dimension: number;
}

/** GeM's exponent (Radenovic et al. 2019, arXiv 1711.02512, where learning starts). */
export const gemExponent = 3;
/** GeM and maximum need no negative values; the former's floor, as in its authors' code. */
export const gemFloor = 1e-6;

/**
 * @param shape of the output for one image, with the batch axis
 * @param layout of the input, which decides about a map of C x C positions and C channels
 * @throws PlumageError "bad-input" if --pool is missing or does not fit, "unsupported" for a shape
 * that is no vector, map or tokens
 */
export function chooseHead(
  output: string,
  [batch, ...shape]: readonly number[],
  layout: ImageLayout,
  { pool, preset }: Pick<ImportChoices, "pool" | "preset">,
): Head {
  const text = `[${["N", ...shape].join(", ")}]`;
  if (batch !== 1 || shape.length < 1 || shape.length > 3 || shape.some((size) => size < 1)) {
    const message = `the output "${output}" is ${text}, not a vector, a map or tokens`;
    throw new PlumageError("unsupported", message, "choose another value with --output");
  }
  const kind = kindOf(shape, layout);
  const { channels, axes } = kind;
  const head = { output, shape, axes, dimension: shape[channels]! };
  if (kind.name === "vector") {
    if (pool === undefined || pool === "none") return { ...head, pool: "none" };
    const message = `--pool ${pool}: the output "${output}" is ${text}, a vector already`;
    throw new PlumageError("bad-input", message, "leave --pool out");
  }
  if (pool === "none" || (pool === "cls" && kind.name === "map")) {
    const message = `--pool ${pool}: the output "${output}" is ${text}, ${kind.text}`;
    throw new PlumageError("bad-input", message, `use --pool ${kind.poolings}`);
  }
  const chosen = pool ?? (kind.name === "map" ? "mean" : tokenPooling(preset));
  if (chosen) return { ...head, pool: chosen };
  const message = `the output "${output}" is ${text}, ${kind.text}`;
  throw new PlumageError("bad-input", message, `add --pool ${kind.poolings}`);
}

const tokenPooling = (preset: ImportChoices["preset"]): Pooling | undefined => {
  if (!preset) return undefined;
  const found = presets[preset];
  return "tokens" in found ? found.tokens : undefined;
};

interface Kind {
  readonly name: "vector" | "map" | "tokens";
  /** In words, for messages. */
  readonly text: string;
  /** The poolings that fit, for messages. */
  readonly poolings: string;
  /** Axis of the channels, counted without the batch axis. */
  readonly channels: number;
  readonly axes: readonly number[];
}

function kindOf(shape: readonly number[], layout: ImageLayout): Kind {
  if (shape.length === 1) return { name: "vector", text: "", poolings: "", channels: 0, axes: [] };
  if (shape.length === 2) {
    const text = `${shape[0]} tokens of ${shape[1]} values`;
    return { name: "tokens", text, poolings: "cls, mean, max or gem", channels: 1, axes: [1] };
  }
  const first = { channels: 0, axes: [2, 3] };
  const last = { channels: 2, axes: [1, 2] };
  const [a, b, c] = shape;
  const square = { first: b === c, last: a === b };
  const byLayout = layout === "nchw" ? first : last;
  const place = square.first === square.last ? byLayout : square.first ? first : last;
  return { name: "map", text: "a map", poolings: "mean, max or gem", ...place };
}

/**
 * Pools and normalizes the features of one image in double precision: the reference for the nodes
 * that do it in the graph.
 *
 * @param features of `shape`
 * @returns unit-length [dimension]
 */
export function pooledVector(
  features: ArrayLike<number>,
  { pool, axes, dimension }: Pick<Head, "pool" | "axes" | "dimension">,
): Float32Array {
  const positions = features.length / dimension;
  const channelsFirst = axes[0] === 2;
  const vector = Float64Array.from({ length: dimension }, (_, channel) => {
    const values = Array.from(
      { length: positions },
      (_, position) =>
        features[channelsFirst ? channel * positions + position : position * dimension + channel]!,
    );
    return reductions[pool](values);
  });
  const norm = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return Float32Array.from(vector, (value) => value / norm);
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const reductions: Readonly<Record<Pooling, (values: readonly number[]) => number>> = {
  mean: meanOf,
  max: (values) => Math.max(...values),
  gem: (values) =>
    meanOf(values.map((value) => Math.max(value, gemFloor) ** gemExponent)) ** (1 / gemExponent),
  cls: ([first]) => first!,
  none: ([only]) => only!,
};
