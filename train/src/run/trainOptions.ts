/** The options of `npm run train`. */
import { availableParallelism } from "node:os";
import { descriptorsSchema } from "@plumage/models";
import type { Options } from "@plumage/models/cli";
import { storeNameSchema } from "@plumage/models/node";
import { z } from "zod";
import { datasetNames } from "../data/index.ts";
import { dataOptionTable } from "../data/options.ts";
import { weightsSchema } from "../weights/initialWeights.ts";
import { recipeNames } from "./recipe.ts";
import { recipeOptionTable } from "./recipeOptions.ts";

const count = z.coerce.number().int().positive();

export const trainOptionTable = {
  dataset: {
    description: `data set: ${datasetNames.join(", ")}`,
    value: "NAME",
    schema: z.enum(datasetNames).default("emoji"),
  },
  ...dataOptionTable,
  name: {
    description: "name of the model in models/store (default: the data set's)",
    value: "NAME",
    schema: storeNameSchema.optional(),
  },
  weights: {
    description:
      "initial weights: start (the data set's checkpoint in models/checkpoints), none (random), " +
      "imagenet or imagenet-v2 (downloads torchvision's), or a .safetensors, .pth or .onnx file",
    value: "WEIGHTS",
    schema: weightsSchema.default("start"),
  },
  backbone: {
    description:
      "train only a head, on the features of a frozen encoder, which are computed once: a model " +
      "of models/store that was imported or trained, or a value of --weights (default: the whole " +
      "network is trained)",
    value: "MODEL",
    schema: z.string().min(1).optional(),
  },
  recipe: {
    description:
      `hyperparameters: ${recipeNames.join(", ")} ` +
      "(default: finetune, scratch for random weights, or head with --backbone)",
    value: "NAME",
    schema: z.enum(recipeNames).optional(),
  },
  ...recipeOptionTable,
  iterations: {
    description: "train for N batches (default: the recipe's)",
    value: "N",
    schema: count.optional(),
  },
  epochs: {
    description: "train for N epochs instead of --iterations",
    value: "N",
    schema: z.coerce.number().positive().max(1_000_000, "use 1000000 or less").optional(),
  },
  evaluateEvery: {
    description:
      "evaluate every N batches and store the best checkpoint (default: at the end only)",
    value: "N",
    schema: count.optional(),
  },
  validation: {
    description:
      "move N training classes to a validation set that chooses the best checkpoint " +
      "(default: the held-out classes choose)",
    value: "N",
    schema: count.optional(),
  },
  patience: {
    description:
      "stop after N evaluations in a row without a higher MAP@R on the validation classes " +
      "(default: train to the end)",
    value: "N",
    schema: count.optional(),
  },
  batch: {
    description: "images per batch (default: the recipe's)",
    value: "N",
    schema: count.optional(),
  },
  microBatch: {
    description:
      "images per pass through the network: auto (by available memory) or a divisor of the batch",
    value: "N",
    schema: z.union([z.literal("auto"), count]).default("auto"),
  },
  rate: {
    description: "highest learning rate (default: the recipe's)",
    value: "X",
    schema: z.coerce.number().positive().optional(),
  },
  size: {
    description:
      "width and height of the network's input in pixels, 32 to 1024 (default 64; with " +
      "--backbone 224, or the model's own)",
    value: "N",
    schema: count.min(32, "use 32 or more").max(1024, "use 1024 or less").optional(),
  },
  descriptors: {
    description:
      "global descriptors S, M and G in the order of concatenation (default MG, of a new head SG)",
    value: "LETTERS",
    schema: descriptorsSchema.optional(),
  },
  dimension: {
    description:
      "embedding dimension, a multiple of the number of descriptors (default 1536; of a head on " +
      "a vector at most its length)",
    value: "N",
    schema: count.max(65_536, "use 65536 or less").optional(),
  },
  fineMap: {
    description: "use stride 1 in the last stage: a 14 x 14 feature map at 224 px instead of 7 x 7",
    schema: z.boolean().default(false),
  },
  seed: {
    description: "seed of random weights, batches and augmentation",
    value: "N",
    schema: z.coerce.number().int().default(1),
  },
  threads: {
    description: "CPU threads",
    value: "N",
    schema: count.max(1024, "use 1024 or less").default(availableParallelism()),
    defaultText: "all",
  },
  device: {
    description: "device to train on: auto, cuda, webgpu, cpu",
    value: "DEVICE",
    schema: z.enum(["auto", "cuda", "webgpu", "cpu"]).default("auto"),
  },
  engine: {
    description: "engine to train with: auto, tfjs (eager), onnxruntime (recorded graph)",
    value: "ENGINE",
    schema: z.enum(["auto", "tfjs", "onnxruntime"]).default("auto"),
  },
  listDevices: {
    description: "list devices and engines, and which of them are available",
    schema: z.boolean().default(false),
  },
  heldOut: {
    description: "evaluate only the first N held-out images (default: all)",
    value: "N",
    schema: count.optional(),
  },
  resume: {
    description:
      "resume the interrupted run of this name with its own settings; others are refused, but " +
      "--iterations or --epochs may change its length",
    schema: z.boolean().default(false),
  },
};
export type TrainOptions = Options<typeof trainOptionTable>;
