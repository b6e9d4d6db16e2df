/** The architecture of a ResNet-CGD: the numbers that determine the shape of every parameter. */
import { z } from "zod";

/** Global descriptors of the CGD paper: S is SPoC (sum), M is MAC (max), G is GeM pooling. */
export const descriptorSchema = z.enum(["S", "M", "G"]);
/** A global descriptor of CGD: S (average), M (maximum) or G (generalized mean). */
export type Descriptor = z.infer<typeof descriptorSchema>;

/** Parses the paper's notation, in the order of concatenation: "MG" is ["M", "G"]. */
export const descriptorsSchema = z
  .string()
  .refine((letters) => /^[smg]{1,3}$/i.test(letters), "use letters of S, M, G")
  .refine(
    (letters) => new Set(letters.toUpperCase()).size === letters.length,
    "use each letter once",
  )
  .transform((letters) => [...letters.toUpperCase()] as Descriptor[]);

/**
 * ResNet (bottleneck blocks, torchvision's v1.5 layout) with Combination of Multiple Global
 * Descriptors (Jun et al. 2019, arXiv 1903.10663).
 */
export const architectureSchema = z.object({
  name: z.literal("resnet-cgd"),
  /** Channels of the first stage; 64 in ResNet-50. */
  width: z.int().positive(),
  /** Bottleneck blocks in each of the four stages; [3, 4, 6, 3] in ResNet-50. */
  blocks: z.tuple([z.int().positive(), z.int().positive(), z.int().positive(), z.int().positive()]),
  /** Global descriptors in the order of concatenation. */
  descriptors: z.array(descriptorSchema).min(1),
  /** Stride of the last stage. Default 2; 1, as in the CGD paper, yields 14 x 14 maps at 224 px. */
  lastStride: z.union([z.literal(1), z.literal(2)]).optional(),
  /** Length of the embedding; all descriptors have equal shares. */
  dimension: z.int().positive(),
  /** Classes of the auxiliary classifier, which is used in training only. */
  classes: z.int().positive(),
  /** Vectors per class of losses that learn some; used in training only. Default: none. */
  classVectors: z
    .object({ proxyAnchor: z.int().positive(), arcFace: z.int().positive() })
    .partial()
    .optional(),
  /** Width and height of the input in pixels. */
  imageSize: z.int().min(32),
  /**
   * Sizes that an image is resized to in order, imageSize last. Default: imageSize alone; the
   * tutorial uses [256, 224].
   */
  resize: z.array(z.int().positive()).min(1).optional(),
});
/** Everything that determines the network: layers, descriptors, input size, preprocessing. */
export type Architecture = z.infer<typeof architectureSchema>;

/** Options of a ResNet-50 CGD. */
export type CgdOptions = Partial<
  Pick<Architecture, "descriptors" | "dimension" | "lastStride" | "classVectors" | "resize">
>;

/** A ResNet-50 CGD; by default with descriptors M and G and 1536 dimensions, as in the tutorial. */
export const resnet50Cgd = (
  classes: number,
  imageSize: number,
  options: CgdOptions = {},
): Architecture => ({
  name: "resnet-cgd",
  width: 64,
  blocks: [3, 4, 6, 3],
  descriptors: ["M", "G"],
  dimension: 1536,
  ...options,
  classes,
  imageSize,
});
