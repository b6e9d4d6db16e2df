/**
 * Physical layouts. tfjs uses NHWC (images) and HWIO (filters), ONNX's convolutions NCHW and OIHW.
 * Each recorded value carries its layout, and a kernel transposes only if it needs another one.
 */

/** Physical axis i holds logical (tfjs) axis layouts[layout][i]. */
export const layouts = {
  nchw: [0, 3, 1, 2],
  /** Filters of torch and ONNX. */
  oihw: [3, 2, 0, 1],
  /** Filters that reshape to [out, height * width * in], to multiply im2col windows (rows.ts). */
  ohwi: [3, 0, 1, 2],
} as const;
/** A physical order of the axes of a rank-4 tensor. */
export type Layout = keyof typeof layouts;

const plain = [0, 1, 2, 3] as const;
const order = (layout: Layout | undefined): readonly number[] => (layout ? layouts[layout] : plain);

/** The physical shape of a value with this logical shape. */
export const physicalShape = (shape: readonly number[], layout: Layout | undefined): number[] =>
  layout ? layouts[layout].map((axis) => shape[axis]!) : [...shape];

/** The physical axis that holds a logical axis. */
export const physicalAxis = (axis: number, layout: Layout | undefined): number =>
  layout ? (layouts[layout] as readonly number[]).indexOf(axis) : axis;

/** ONNX Transpose's `perm` from one layout of a rank-4 value to another. */
export const permutation = (from: Layout | undefined, to: Layout | undefined): number[] =>
  order(to).map((axis) => order(from).indexOf(axis));
