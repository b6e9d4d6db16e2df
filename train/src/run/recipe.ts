/** The recipes: every number of a training run that is not the data's or the network's, by name. */
import type { AugmentationName } from "../data/batches/augment.ts";
import type { StepOptions } from "../program/step.ts";
import type { Schedule } from "./schedule.ts";

export interface Recipe extends StepOptions {
  /** Images in a batch, and of each class in it. */
  readonly batch: number;
  readonly perClass: number;
  readonly iterations: number;
  readonly schedule: Schedule;
  readonly augmentation: AugmentationName;
}

/** The CGD paper's classification loss (section 3.2). */
const classification = { weight: 1, temperature: 0.5, smoothing: 0.1 };
/** The tutorial's miner and loss. */
const triplet = { margin: 0.1, miner: "hard", reducer: "nonzero" } as const;
const tutorialObjective = {
  classification,
  triplet: { weight: 1, ...triplet },
  contrastive: { weight: 0, temperature: 0.1 },
};

/** The recipes by name. */
export const recipes = {
  /**
   * For weights that know images already, in minutes: the tutorial's objective and a stepped rate,
   * frozen batch norm.
   */
  finetune: {
    batch: 128,
    perClass: 4,
    iterations: 48,
    schedule: { kind: "step", rate: 1e-4, milestones: [0.5], factor: 0.1, warmup: 0 },
    augmentation: "light",
    batchNorm: "frozen",
    objective: tutorialObjective,
    clipNorm: 0,
    weightDecay: 0,
    headRate: 1,
  },
  /**
   * The PyTorch tutorial's, for CUB-200-2011 from torchvision's weights at 224 px: two passes of
   * its sampler are 1,562 batches, and both of its milestones fall on the end of the first.
   */
  tutorial: {
    batch: 128,
    perClass: 4,
    iterations: 1562,
    schedule: { kind: "step", rate: 1e-4, milestones: [0.5], factor: 0.01, warmup: 0 },
    augmentation: "tutorial",
    batchNorm: "frozen",
    objective: tutorialObjective,
    clipNorm: 0,
    weightDecay: 0,
    headRate: 1,
  },
  /**
   * From random weights: a triplet loss alone hardly learns there, so a supervised contrastive term
   * leads. Chosen on a half-width ResNet of 400 iterations: with a classification weight of 0.1,
   * the head at the full rate, or a rate of 1e-3, held-out P@1 stays 2 to 7 points lower.
   */
  scratch: {
    batch: 128,
    perClass: 4,
    iterations: 1500,
    schedule: { kind: "cosine", rate: 3e-3, warmup: 20 },
    augmentation: "strong",
    batchNorm: "batch",
    objective: {
      // So small that it hardly moves the network, while Adam, which does not mind the scale,
      // trains the classifier.
      classification: { ...classification, weight: 0.01 },
      triplet: { weight: 0, ...triplet },
      contrastive: { weight: 1, temperature: 0.1 },
    },
    clipNorm: 1,
    weightDecay: 0.05,
    headRate: 0.03,
  },
} as const satisfies Record<string, Recipe>;
export type RecipeName = keyof typeof recipes;
export const recipeNames = Object.keys(recipes) as [RecipeName, ...RecipeName[]];
