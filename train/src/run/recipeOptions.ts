/** Overrides of a recipe, on the command line and in a run's settings. */
import { z } from "zod";
import { augmentationNames } from "../data/batches/augment.ts";
import {
  changedObjective,
  objectiveChangesSchema,
  objectiveOptionTable,
} from "./objectiveOptions.ts";
import { type Recipe, recipes } from "./recipe.ts";

/** The overrides as a checkpoint stores them; all others are the recipe's. */
export const recipeChangesSchema = z.object({
  augmentation: z.enum(augmentationNames).optional(),
  batchNorm: z.enum(["frozen", "batch"]).optional(),
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
  proxyRate: {
    description:
      "factor of the learning rate for Proxy-Anchor's proxies and ArcFace's centers " +
      "(default: the recipe's)",
    value: "X",
    schema: z.coerce.number().positive("use a number above 0").optional(),
  },
  ...objectiveOptionTable,
} satisfies Record<keyof RecipeChanges, { description: string; value: string; schema: z.ZodType }>;

/**
 * Applies overrides to a recipe.
 *
 * @throws PlumageError "bad-input" if every term of the objective is disabled
 */
export function changedRecipe(name: keyof typeof recipes, changes: RecipeChanges = {}): Recipe {
  const recipe: Recipe = recipes[name];
  return {
    ...recipe,
    augmentation: changes.augmentation ?? recipe.augmentation,
    batchNorm: changes.batchNorm ?? recipe.batchNorm,
    proxyRate: changes.proxyRate ?? recipe.proxyRate,
    objective: changedObjective(recipe.objective, changes),
  };
}
