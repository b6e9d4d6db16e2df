/** The architecture of a CGD head on a frozen encoder: the numbers that determine its shapes. */
import { z } from "zod";
import { type ResizeStep, resizeStepSchema } from "../image/resizeStep.ts";
import { type Architecture, architectureSchema, descriptorSchema } from "./architecture.ts";

/**
 * A CGD head that was trained on the features of an encoder, which stays as it is. The encoder is a
 * file beside the checkpoint: images to features, [N, features * channels].
 */
export const encoderHeadSchema = z.object({
  name: z.literal("encoder-head"),
  encoder: z.object({
    /** What people call it: a model of the store, or a file of weights. */
    source: z.string().min(1),
    /** Of its ONNX file. */
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    license: z.string().min(1).optional(),
  }),
  /**
   * The pooled vectors that the encoder gives, in order. A vector counts as a map with a single
   * position, whose average it is: S alone.
   */
  features: z.array(descriptorSchema).min(1),
  /** Length of each of these vectors. */
  channels: z.int().positive(),
  /** Width and height of the encoder's input in pixels. */
  imageSize: z.int().min(32),
  /** Resize steps, imageSize last. */
  resize: z.array(resizeStepSchema).min(1),
  ...architectureSchema.pick({
    descriptors: true,
    dimension: true,
    classes: true,
    classVectors: true,
  }).shape,
});
/** Everything that determines a head and what it is given. */
export type EncoderHead = z.infer<typeof encoderHeadSchema>;

/** What an encoder gives, and of which images. */
export type EncoderShape = Pick<
  EncoderHead,
  "encoder" | "features" | "channels" | "imageSize" | "resize"
>;

/** Schema of everything that can be trained here. */
export const networkSchema = z.discriminatedUnion("name", [architectureSchema, encoderHeadSchema]);
/** A whole network, or a head on a frozen encoder. */
export type NetworkArchitecture = z.infer<typeof networkSchema>;

/** The architecture of a network's head alone, on an encoder. */
export const headOn = (
  shape: EncoderShape,
  {
    descriptors,
    dimension,
    classes,
    classVectors,
  }: Pick<NetworkArchitecture, "descriptors" | "dimension" | "classes" | "classVectors">,
): EncoderHead => ({
  ...shape,
  name: "encoder-head",
  descriptors,
  dimension,
  classes,
  ...(classVectors ? { classVectors } : {}),
});

/** The resize steps of an image, in order. */
export const resizeSteps = ({
  resize,
  imageSize,
}: Pick<NetworkArchitecture, "resize" | "imageSize">): readonly ResizeStep[] =>
  resize ?? [imageSize];

/** @throws Error for a head, where a whole network is needed */
export function wholeNetwork(architecture: NetworkArchitecture): Architecture {
  if (architecture.name === "resnet-cgd") return architecture;
  throw new Error("a head alone reads features, not images");
}

/** What the network reads of one image: RGB bytes, or the encoder's features. */
export const networkInput = (
  architecture: NetworkArchitecture,
): { readonly shape: readonly number[]; readonly type: "uint8" | "float32" } => {
  if (architecture.name === "encoder-head") {
    const { features, channels } = architecture;
    return { shape: [features.length * channels], type: "float32" };
  }
  const { imageSize } = architecture;
  return { shape: [imageSize, imageSize, 3], type: "uint8" };
};
