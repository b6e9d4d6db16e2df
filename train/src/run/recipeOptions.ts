/** Overrides of a recipe, on the command line and in a run's settings. */
import { PlumageError } from "@plumage/models";
import { z } from "zod";
import { augmentationNames } from "../data/batches/augment.ts";
import { stageNames } from "../program/trained.ts";
import {
  changedObjective,
  objectiveChangesSchema,
  objectiveOptionTable,
} from "./objectiveOptions.ts";
import { type Recipe, recipes } from "./recipe.ts";

const weightDecaySchema = z.number().min(0, "use 0 to 10").max(10, "use 0 to 10");

const emaSchema = z
  .number()
  .gt(0, "use a number between 0 and 1")
  .lt(1, "use a number between 0 and 1");

/** The overrides as a checkpoint stores them; all others are the recipe's. */
export const recipeChangesSchema = z.object({
  augmentation: z.enum(augmentationNames).optional(),
  batchNorm: z.enum(["frozen", "batch"]).optional(),
  weightDecay: weightDecaySchema.optional(),
  freeze: z.enum(stageNames).optional(),
  warmupSteps: z.int().positive().optional(),
  ema: emaSchema.optional(),
  proxyRate: z.number().positive().optional(),
  ...objectiveChangesSchema.shape,
});
export type RecipeChanges = z.infer<typeof recipeChangesSchema>;

/** Entries for a command's option table (`runCommand`). All default to the recipe's value. */
export const recipeOptionTable = {
  augmentation: {
    description:
      `augmentation of training images: ${augmentationNames.join(", ")} ` +
      "(default: the recipe's)",
    value: "NAME",
    schema: recipeChangesSchema.shape.augmentation,
  },
  batchNorm: {
    description:
      "batch-norm statistics: frozen (from the weights) or batch (default: the recipe's)",
    value: "WHICH",
    schema: recipeChangesSchema.shape.batchNorm,
  },
  weightDecay: {
    description:
      "decoupled weight decay (AdamW) of filters, matrices and class vectors: each step shrinks " +
      "them by X times the learning rate; 0 disables it (default: the recipe's)",
    value: "X",
    schema: z.coerce.number().pipe(weightDecaySchema).optional(),
  },
  freeze: {
    description:
      `freeze the backbone up to a stage: ${stageNames.join(", ")}; steps are faster, as nothing ` +
      "is computed backward through it (default: nothing is frozen)",
    value: "STAGE",
    schema: recipeChangesSchema.shape.freeze,
  },
  warmupSteps: {
    description:
      "train only the new layers for the first N batches, with the backbone frozen " +
      "(default: none)",
    value: "N",
    schema: z.coerce.number().int().positive().optional(),
  },
  ema: {
    description:
      "evaluate and export a moving average of the weights with this decay per batch, " +
      "e.g. 0.999 (default: the last weights)",
    value: "X",
    schema: z.coerce.number().pipe(emaSchema).optional(),
  },
  proxyRate: {
    description:
      "factor of the learning rate for Proxy-Anchor's proxies and ArcFace's centers " +
      "(default: the recipe's)",
    value: "X",
    schema: z.coerce.number().positive().optional(),
  },
  ...objectiveOptionTable,
} satisfies Record<keyof RecipeChanges, { description: string; value: string; schema: z.ZodType }>;

/**
 * Applies overrides to a recipe.
 *
 * @throws PlumageError "bad-input" if every term of the objective is disabled, or stages are frozen
 *   without frozen batch norm
 */
export function changedRecipe(name: keyof typeof recipes, changes: RecipeChanges = {}): Recipe {
  const recipe: Recipe = recipes[name];
  const batchNorm = changes.batchNorm ?? recipe.batchNorm;
  if (batchNorm !== "frozen") assertNothingFrozen(changes);
  return {
    ...recipe,
    augmentation: changes.augmentation ?? recipe.augmentation,
    batchNorm,
    ...(changes.freeze ? { freeze: changes.freeze } : {}),
    ...(changes.ema ? { ema: changes.ema } : {}),
    ...(changes.warmupSteps ? { warmupSteps: changes.warmupSteps } : {}),
    weightDecay: changes.weightDecay ?? recipe.weightDecay,
    proxyRate: changes.proxyRate ?? recipe.proxyRate,
    objective: changedObjective(recipe.objective, changes),
  };
}

function assertNothingFrozen({ freeze, warmupSteps }: RecipeChanges): void {
  if (!freeze && !warmupSteps) return;
  const option = freeze ? "--freeze" : "--warmup-steps";
  throw new PlumageError(
    "bad-input",
    `${option} needs frozen batch norm, and this recipe's uses the statistics of the batch`,
    `add --batch-norm frozen, or omit ${option}`,
  );
}
