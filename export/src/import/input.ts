/** Finds the image input of a graph, and what its pixels must look like. */
import { type ImageLayout, type ImportedEncoder, PlumageError } from "@plumage/models";
import { type GraphProto, TensorProto_DataType, type ValueInfoProto } from "onnx-buf";
import type { ImportChoices } from "./options.ts";
import { type PerChannel, presetNames, presets } from "./presets.ts";

type InputType = ImportedEncoder["input"]["type"];

export interface ImageInput {
  readonly name: string;
  readonly type: InputType;
  readonly layout: ImageLayout;
  /** Width and height in pixels. */
  readonly size: number;
  /** Whether the graph takes exactly one image. */
  readonly oneImage: boolean;
  /** Undefined if the encoder takes bytes. */
  readonly normalization: { readonly mean: PerChannel; readonly std: PerChannel } | undefined;
}

const inputTypes: Readonly<Record<number, InputType>> = {
  [TensorProto_DataType.FLOAT]: "float32",
  [TensorProto_DataType.FLOAT16]: "float16",
  [TensorProto_DataType.DOUBLE]: "float64",
  [TensorProto_DataType.UINT8]: "uint8",
};

/**
 * @throws PlumageError "unsupported" if the graph takes anything but images, "bad-input" if an
 * option is missing or contradicts the graph
 */
export function imageInput(graph: GraphProto, choices: ImportChoices): ImageInput {
  const { name, elemType, sizes } = onlyInput(graph);
  const type = inputTypes[elemType];
  if (!type) {
    const found = TensorProto_DataType[elemType]?.toLowerCase() ?? "another type";
    throw new PlumageError(
      "unsupported",
      `the input "${name}" is ${found}, not float or uint8`,
      "export the encoder with float32 input",
    );
  }
  const [batch, ...axes] = sizes;
  const layout = layoutOf(name, sizes, choices.layout);
  const edges = layout === "nchw" ? axes.slice(1) : axes.slice(0, 2);
  if (batch !== undefined && batch !== 1) {
    throw new PlumageError(
      "unsupported",
      `the input "${name}" takes exactly ${batch} images at a time`,
      "export the encoder with a batch of 1, or with a dynamic batch axis",
    );
  }
  const size = sizeOf(name, edges, choices);
  return {
    name,
    type,
    layout,
    size,
    oneImage: batch === 1,
    normalization: normalizationOf(name, type, choices),
  };
}

/** An input of a graph. */
export interface TensorInput {
  readonly name: string;
  /** ONNX's number of its type. */
  readonly elemType: number;
  /** Undefined if the graph does not say how many axes there are; undefined sizes are symbolic. */
  readonly sizes: readonly (number | undefined)[] | undefined;
}

/** The inputs of a graph, without its weights. */
export function graphInputs(graph: GraphProto): TensorInput[] {
  // Before IR version 4, initializers are among the inputs.
  const weights = new Set(graph.initializer.map(({ name }) => name));
  return graph.input
    .filter(({ name }) => !weights.has(name))
    .map((input) => ({ name: input.name, ...tensorType(input) }));
}

/** Four sizes; undefined is symbolic. */
type ImageSizes = readonly (number | undefined)[];

function onlyInput(graph: GraphProto): TensorInput & { readonly sizes: ImageSizes } {
  const inputs = graphInputs(graph);
  const [input] = inputs;
  if (!input || inputs.length > 1) {
    const names = inputs.map(({ name }) => name).join(", ");
    throw new PlumageError(
      "unsupported",
      inputs.length > 1 ? `the graph has several inputs: ${names}` : "the graph has no input",
      "export the image encoder alone",
    );
  }
  const { name, elemType, sizes = [undefined, undefined, undefined, undefined] } = input;
  if (sizes.length === 4) return { name, elemType, sizes };
  throw new PlumageError(
    "unsupported",
    `the input "${name}" has ${sizes.length} axes, not 4`,
    "an image encoder takes [N, 3, H, W] or [N, H, W, 3]",
  );
}

function tensorType({ type }: ValueInfoProto): Omit<TensorInput, "name"> {
  if (type?.value.case !== "tensorType") return { elemType: 0, sizes: undefined };
  const { elemType, shape } = type.value.value;
  const sizes = shape?.dim.map(({ value }) =>
    // Some exporters write 0 or -1 for a size that is not known.
    value.case === "dimValue" && value.value > 0n ? Number(value.value) : undefined,
  );
  return { elemType, sizes };
}

function layoutOf(name: string, sizes: ImageSizes, chosen: ImageLayout | undefined): ImageLayout {
  const possible = { nchw: sizes[1], nhwc: sizes[3] };
  const shape = `[${sizes.map((size) => size ?? "?").join(", ")}]`;
  if (chosen) {
    if ((possible[chosen] ?? 3) === 3) return chosen;
    const message = `the input "${name}" is ${shape}, which is not ${chosen} with 3 channels`;
    throw new PlumageError("bad-input", message, "leave --layout out");
  }
  if (possible.nchw === 3 && possible.nhwc !== 3) return "nchw";
  if (possible.nhwc === 3 && possible.nchw !== 3) return "nhwc";
  if (possible.nchw === possible.nhwc || !(possible.nchw && possible.nhwc)) {
    const message = `the input "${name}" is ${shape}: either axis could be the channels`;
    throw new PlumageError("bad-input", message, "add --layout nchw or --layout nhwc");
  }
  const message = `the input "${name}" is ${shape}: no axis has 3 channels`;
  throw new PlumageError("unsupported", message, "export an encoder of RGB images");
}

function sizeOf(
  name: string,
  [height, width]: readonly (number | undefined)[],
  { size, preset }: ImportChoices,
): number {
  const edges = new Set([height, width].filter((edge) => edge !== undefined));
  const [fixed] = edges;
  if (edges.size > 1) {
    const message = `the input "${name}" is ${width} x ${height} pixels, not a square`;
    throw new PlumageError("unsupported", message, "export the encoder for square images");
  }
  if (fixed !== undefined && size !== undefined && fixed !== size) {
    const message = `--size ${size}: the input "${name}" is ${fixed} pixels wide`;
    throw new PlumageError("bad-input", message, "leave --size out");
  }
  const found = fixed ?? size ?? (preset && presets[preset].size);
  if (found === undefined) {
    const message = `the input "${name}" takes images of any size`;
    throw new PlumageError("bad-input", message, "add --size N, such as 224");
  }
  if (found >= 32) return found;
  const message = `the input "${name}" is ${found} pixels wide; at least 32 are needed`;
  throw new PlumageError("unsupported", message);
}

function normalizationOf(
  name: string,
  type: InputType,
  { preset, mean, std }: ImportChoices,
): ImageInput["normalization"] {
  if (type === "uint8") {
    if (!mean && !std) return undefined;
    const message = `the input "${name}" is uint8, so the graph normalizes by itself`;
    throw new PlumageError("bad-input", message, "leave --mean and --std out");
  }
  const found = {
    mean: mean ?? (preset && presets[preset].mean),
    std: std ?? (preset && presets[preset].std),
  };
  if (found.mean && found.std) return { mean: found.mean, std: found.std };
  throw new PlumageError(
    "bad-input",
    `the input "${name}" is ${type}, and the graph does not say how pixels are normalized`,
    `add --preset ${presetNames.join("|")}, or --mean R,G,B --std R,G,B`,
  );
}
