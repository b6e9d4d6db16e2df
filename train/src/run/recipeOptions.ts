/** Overrides of a recipe, on the command line and in a run's settings. */
import { PlumageError } from "@plumage/models";
import { z } from "zod";
import { augmentationNames } from "../data/batches/augment.ts";
import { minerNames } from "../objective/miners.ts";
import { reducerNames } from "../objective/reducers.ts";
import { type Recipe, recipes } from "./recipe.ts";

/** The overrides as a checkpoint stores them; all others are the recipe's. */
export const recipeChangesSchema = z.object({
  augmentation: z.enum(augmentationNames).optional(),
  batchNorm: z.enum(["frozen", "batch"]).optional(),
  classification: z.number().nonnegative().optional(),
  temperature: z.number().positive().optional(),
  smoothing: z.number().min(0).lt(1).optional(),
  triplet: z.number().nonnegative().optional(),
  miner: z.enum(minerNames).optional(),
  margin: z.number().positive().optional(),
  reducer: z.enum(reducerNames).optional(),
  contrastive: z.number().nonnegative().optional(),
  contrastiveTemperature: z.number().positive().optional(),
});
export type RecipeChanges = z.infer<typeof recipeChangesSchema>;

const number = z.coerce.number();
const weight = number.nonnegative("use 0 or more").optional();
const above0 = number.positive("use a number above 0").optional();

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
  classification: {
    description: "weight of the classification loss; 0 disables it (default: the recipe's)",
    value: "X",
    schema: weight,
  },
  temperature: {
    description: "temperature of the classification loss (default: the recipe's)",
    value: "X",
    schema: above0,
  },
  smoothing: {
    description: "label smoothing of the classification loss (default: the recipe's)",
    value: "X",
    schema: number.min(0, "use 0 or more").lt(1, "use less than 1").optional(),
  },
  triplet: {
    description: "weight of the triplet loss; 0 disables it (default: the recipe's)",
    value: "X",
    schema: weight,
  },
  miner: {
    description: `triplet miner: ${minerNames.join(", ")} (default: the recipe's)`,
    value: "NAME",
    schema: recipeChangesSchema.shape.miner,
  },
  margin: {
    description: "margin of the triplet loss, in Euclidean distance (default: the recipe's)",
    value: "X",
    schema: above0,
  },
  reducer: {
    description: `triplet loss reduction: ${reducerNames.join(", ")} (default: the recipe's)`,
    value: "NAME",
    schema: recipeChangesSchema.shape.reducer,
  },
  contrastive: {
    description: "weight of the supervised contrastive loss; 0 disables it (default: the recipe's)",
    value: "X",
    schema: weight,
  },
  contrastiveTemperature: {
    description: "temperature of the contrastive loss (default: the recipe's)",
    value: "X",
    schema: above0,
  },
} satisfies Record<keyof RecipeChanges, { description: string; value: string; schema: z.ZodType }>;

/**
 * Applies overrides to a recipe.
 *
 * @throws PlumageError "bad-input" if every term of the objective is disabled
 */
export function changedRecipe(name: keyof typeof recipes, changes: RecipeChanges = {}): Recipe {
  const recipe: Recipe = recipes[name];
  const { classification, triplet, contrastive } = recipe.objective;
  const objective = {
    classification: {
      weight: changes.classification ?? classification.weight,
      temperature: changes.temperature ?? classification.temperature,
      smoothing: changes.smoothing ?? classification.smoothing,
    },
    triplet: {
      weight: changes.triplet ?? triplet.weight,
      margin: changes.margin ?? triplet.margin,
      miner: changes.miner ?? triplet.miner,
      reducer: changes.reducer ?? triplet.reducer,
    },
    contrastive: {
      weight: changes.contrastive ?? contrastive.weight,
      temperature: changes.contrastiveTemperature ?? contrastive.temperature,
    },
  };
  if (Object.values(objective).every((term) => term.weight === 0)) {
    throw new PlumageError(
      "bad-input",
      "every term of the objective is disabled",
      "set --classification, --triplet or --contrastive above 0",
    );
  }
  return {
    ...recipe,
    augmentation: changes.augmentation ?? recipe.augmentation,
    batchNorm: changes.batchNorm ?? recipe.batchNorm,
    objective,
  };
}
