/** Recipes: named sets of hyperparameters, other than those of the data and the network. */
import type { AugmentationName } from "../data/batches/augment.ts";
import type { ObjectiveOptions } from "../objective/index.ts";
import type { StepOptions } from "../program/step.ts";
import type { Schedule } from "./schedule.ts";

export interface Recipe extends StepOptions {
  /** Images per batch. */
  readonly batch: number;
  /** Images per class in a batch. */
  readonly perClass: number;
  readonly iterations: number;
  readonly schedule: Schedule;
  readonly augmentation: AugmentationName;
}

/** The terms with the values of their papers, and disabled. */
const terms = {
  /** The CGD paper's classification loss (section 3.2). */
  classification: { weight: 0, temperature: 0.5, smoothing: 0.1 },
  /** The tutorial's miner and loss. */
  triplet: { weight: 0, margin: 0.1, miner: "hard", reducer: "nonzero" },
  contrastive: { weight: 0, temperature: 0.1 },
  proxyAnchor: { weight: 0, margin: 0.1, scale: 32 },
  circle: { weight: 0, margin: 0.4, scale: 80 },
  arcFace: { weight: 0, margin: 28.6, scale: 64, centers: 1 },
  multiSimilarity: { weight: 0, alpha: 2, beta: 50, base: 0.5, epsilon: 0.1 },
} as const satisfies ObjectiveOptions;
const tutorialObjective = {
  ...terms,
  classification: { ...terms.classification, weight: 1 },
  triplet: { ...terms.triplet, weight: 1 },
};
/** The Proxy-Anchor paper's, section 4.2. */
const proxyRate = 100;

/** The recipes by name. */
export const recipes = {
  /** For pretrained weights, in minutes: the tutorial's objective with frozen batch norm. */
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
    proxyRate,
  },
  /**
   * The PyTorch tutorial's, for CUB-200-2011 at 224 px from torchvision's weights. Its two epochs
   * are 1,562 batches, and both of its milestones coincide at the end of the first.
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
    proxyRate,
  },
  /**
   * For random weights, where a triplet loss alone hardly learns: a supervised contrastive loss.
   * Chosen on a half-width ResNet over 400 iterations: a classification weight of 0.1, the full
   * rate for the head, or a rate of 1e-3 give 2 to 7 percentage points less P@1 on held-out
   * classes.
   */
  scratch: {
    batch: 128,
    perClass: 4,
    iterations: 1500,
    schedule: { kind: "cosine", rate: 3e-3, warmup: 20 },
    augmentation: "strong",
    batchNorm: "batch",
    objective: {
      ...terms,
      // Small enough not to move the network; Adam, which is scale-invariant, still trains the
      // classifier.
      classification: { ...terms.classification, weight: 0.01 },
      contrastive: { ...terms.contrastive, weight: 1 },
    },
    clipNorm: 1,
    weightDecay: 0.05,
    headRate: 0.03,
    proxyRate,
  },
  /**
   * For a head on a frozen encoder (--backbone): Proxy-Anchor at a low rate. On birds, higher rates
   * fit the training classes and lose the others within a hundred batches; the tutorial's objective
   * gains half as much.
   */
  head: {
    batch: 128,
    perClass: 4,
    iterations: 300,
    schedule: { kind: "cosine", rate: 1e-4, warmup: 20 },
    augmentation: "light",
    batchNorm: "frozen",
    objective: { ...terms, proxyAnchor: { ...terms.proxyAnchor, weight: 1 } },
    clipNorm: 0,
    weightDecay: 0,
    headRate: 1,
    proxyRate,
  },
} as const satisfies Record<string, Recipe>;
export type RecipeName = keyof typeof recipes;
export const recipeNames = Object.keys(recipes) as [RecipeName, ...RecipeName[]];
