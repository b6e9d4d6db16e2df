/**
 * Physical layouts. tfjs speaks NHWC (images) and HWIO (filters); onnxruntime's convolutions want
 * NCHW and OIHW. A recorded value carries its layout along, so that a layout is a way of speaking
 * and hardly ever a copy.
 */

/** Physical axis i holds logical axis order[i]. */
export const layouts = {
  nchw: [0, 3, 1, 2],
  /** torch's and onnxruntime's filters. */
  oihw: [3, 2, 0, 1],
  /** Filters as matrices [out, height * width * in], for windows that are rows of pixels. */
  ohwi: [3, 0, 1, 2],
} as const;
export type Layout = keyof typeof layouts;

const plain = [0, 1, 2, 3] as const;
const order = (layout: Layout | undefined): readonly number[] => (layout ? layouts[layout] : plain);

/** The physical shape of a value with this logical shape. */
export const physicalShape = (shape: readonly number[], layout: Layout | undefined): number[] =>
  layout ? layouts[layout].map((axis) => shape[axis]!) : [...shape];

/** The physical axis that holds a logical axis. */
export const physicalAxis = (axis: number, layout: Layout | undefined): number =>
  layout ? (layouts[layout] as readonly number[]).indexOf(axis) : axis;

/** The ONNX Transpose permutation that turns one physical layout of a rank-4 value into another. */
export const permutation = (from: Layout | undefined, to: Layout | undefined): number[] =>
  order(to).map((axis) => order(from).indexOf(axis));
