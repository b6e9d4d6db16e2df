/** What a ResNet-CGD is: the numbers that fix every parameter's shape. */
import { z } from "zod";

/**
 * Descriptor letters of the CGD paper: S sum pooling (SPoC), M max pooling (MAC), G generalized
 * mean (GeM).
 */
export const descriptorSchema = z.enum(["S", "M", "G"]);
/** A global descriptor of CGD: S (average), M (maximum) or G (generalized mean). */
export type Descriptor = z.infer<typeof descriptorSchema>;

/** Descriptors in the paper's notation, in the order of concatenation: "MG" to ["M", "G"]. */
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
  /** Global descriptors in the order in which they are concatenated. */
  descriptors: z.array(descriptorSchema).min(1),
  /**
   * Stride of the last stage; 1 keeps a map of twice the side (14 x 14 of 224 px), as the CGD paper
   * does. 2 unless given.
   */
  lastStride: z.union([z.literal(1), z.literal(2)]).optional(),
  /** Length of the embedding; every descriptor gets an equal share. */
  dimension: z.int().positive(),
  /** Training classes of the auxiliary classifier. */
  classes: z.int().positive(),
  /** Side of the square input in pixels. */
  imageSize: z.int().min(32),
  /**
   * Sides that an image is resized to in turn before it goes in, imageSize last; imageSize alone
   * unless given. [256, 224] is the tutorial's.
   */
  resize: z.array(z.int().positive()).min(1).optional(),
});
/** Everything that determines the network: layers, descriptors, input size, preprocessing. */
export type Architecture = z.infer<typeof architectureSchema>;

/** The sides that a network's images are resized to, in order. */
export const resizeSteps = ({ resize, imageSize }: Architecture): readonly number[] =>
  resize ?? [imageSize];

/** What may be chosen of a ResNet-50 CGD. */
export type CgdChoice = Partial<
  Pick<Architecture, "descriptors" | "dimension" | "lastStride" | "resize">
>;

/**
 * ResNet-50 CGD; unless chosen otherwise with descriptors M and G, 1536-d: the network of the
 * tutorial.
 */
export const resnet50Cgd = (
  classes: number,
  imageSize: number,
  choice: CgdChoice = {},
): Architecture => ({
  name: "resnet-cgd",
  width: 64,
  blocks: [3, 4, 6, 3],
  descriptors: ["M", "G"],
  dimension: 1536,
  ...choice,
  classes,
  imageSize,
});
