/** Overrides of a recipe's objective, on the command line and in a run's settings. */
import { PlumageError } from "@plumage/models";
import { z } from "zod";
import type { ObjectiveOptions } from "../objective/index.ts";
import { minerNames } from "../objective/miners.ts";
import { reducerNames } from "../objective/reducers.ts";

/** Degrees. */
const marginSchema = z.number().nonnegative("use 0 or more").lt(180, "use less than 180");
const centersSchema = z.int().min(1, "use 1 to 100").max(100, "use 1 to 100");
const relaxationSchema = z.number().min(0, "use 0 to 1").max(1, "use 0 to 1");
const cosineSchema = z.number().min(-1, "use -1 to 1").max(1, "use -1 to 1");

/** The overrides as a checkpoint stores them. */
export const objectiveChangesSchema = z.object({
  classification: z.number().nonnegative().optional(),
  temperature: z.number().positive().optional(),
  smoothing: z.number().min(0).lt(1).optional(),
  triplet: z.number().nonnegative().optional(),
  miner: z.enum(minerNames).optional(),
  margin: z.number().positive().optional(),
  reducer: z.enum(reducerNames).optional(),
  contrastive: z.number().nonnegative().optional(),
  contrastiveTemperature: z.number().positive().optional(),
  proxyAnchor: z.number().nonnegative().optional(),
  proxyAnchorMargin: z.number().positive().optional(),
  proxyAnchorScale: z.number().positive().optional(),
  multiSimilarity: z.number().nonnegative().optional(),
  multiSimilarityAlpha: z.number().positive().optional(),
  multiSimilarityBeta: z.number().positive().optional(),
  multiSimilarityBase: cosineSchema.optional(),
  multiSimilarityEpsilon: z.number().nonnegative().optional(),
  arcFace: z.number().nonnegative().optional(),
  arcFaceMargin: marginSchema.optional(),
  arcFaceScale: z.number().positive().optional(),
  arcFaceCenters: centersSchema.optional(),
  circle: z.number().nonnegative().optional(),
  circleMargin: relaxationSchema.optional(),
  circleScale: z.number().positive().optional(),
});
export type ObjectiveChanges = z.infer<typeof objectiveChangesSchema>;

const number = z.coerce.number();
const weight = number.nonnegative("use 0 or more").optional();
const above0 = number.positive().optional();

/** Entries for a command's option table (`runCommand`). All default to the recipe's value. */
export const objectiveOptionTable = {
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
    schema: objectiveChangesSchema.shape.miner,
  },
  margin: {
    description: "margin of the triplet loss, in Euclidean distance (default: the recipe's)",
    value: "X",
    schema: above0,
  },
  reducer: {
    description: `triplet loss reduction: ${reducerNames.join(", ")} (default: the recipe's)`,
    value: "NAME",
    schema: objectiveChangesSchema.shape.reducer,
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
  proxyAnchor: {
    description: "weight of the Proxy-Anchor loss; 0 disables it (default: the recipe's)",
    value: "X",
    schema: weight,
  },
  proxyAnchorMargin: {
    description: "margin of the Proxy-Anchor loss, a cosine (default: the recipe's)",
    value: "X",
    schema: above0,
  },
  proxyAnchorScale: {
    description: "scale of the Proxy-Anchor loss's cosines (default: the recipe's)",
    value: "X",
    schema: above0,
  },
  multiSimilarity: {
    description: "weight of the Multi-Similarity loss; 0 disables it (default: the recipe's)",
    value: "X",
    schema: weight,
  },
  multiSimilarityAlpha: {
    description: "scale of positive pairs' cosines in that loss (default: the recipe's)",
    value: "X",
    schema: above0,
  },
  multiSimilarityBeta: {
    description: "scale of negative pairs' cosines in that loss (default: the recipe's)",
    value: "X",
    schema: above0,
  },
  multiSimilarityBase: {
    description: "cosine that both scales are around in that loss (default: the recipe's)",
    value: "X",
    schema: number.pipe(cosineSchema).optional(),
  },
  multiSimilarityEpsilon: {
    description: "margin of that loss's miner, a cosine; 2 keeps all pairs (default: the recipe's)",
    value: "X",
    schema: weight,
  },
  arcFace: {
    description: "weight of the ArcFace loss; 0 disables it (default: the recipe's)",
    value: "X",
    schema: weight,
  },
  arcFaceMargin: {
    description: "margin of the ArcFace loss, in degrees (default: the recipe's)",
    value: "X",
    schema: number.pipe(marginSchema).optional(),
  },
  arcFaceScale: {
    description: "scale of the ArcFace loss's cosines (default: the recipe's)",
    value: "X",
    schema: above0,
  },
  arcFaceCenters: {
    description:
      "centers per class; 3 makes ArcFace robust to wrong labels (default: the recipe's)",
    value: "N",
    schema: number.pipe(centersSchema).optional(),
  },
  circle: {
    description: "weight of the Circle loss; 0 disables it (default: the recipe's)",
    value: "X",
    schema: weight,
  },
  circleMargin: {
    description: "margin of the Circle loss, a cosine (default: the recipe's)",
    value: "X",
    schema: number.pipe(relaxationSchema).optional(),
  },
  circleScale: {
    description: "scale of the Circle loss's cosines (default: the recipe's)",
    value: "X",
    schema: above0,
  },
} satisfies Record<
  keyof ObjectiveChanges,
  { description: string; value: string; schema: z.ZodType }
>;

/**
 * Applies overrides to an objective.
 *
 * @throws PlumageError "bad-input" if every term is disabled
 */
export function changedObjective(
  {
    classification,
    triplet,
    contrastive,
    proxyAnchor,
    multiSimilarity,
    arcFace,
    circle,
  }: ObjectiveOptions,
  changes: ObjectiveChanges,
): ObjectiveOptions {
  const objective: ObjectiveOptions = {
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
    proxyAnchor: {
      weight: changes.proxyAnchor ?? proxyAnchor.weight,
      margin: changes.proxyAnchorMargin ?? proxyAnchor.margin,
      scale: changes.proxyAnchorScale ?? proxyAnchor.scale,
    },
    multiSimilarity: {
      weight: changes.multiSimilarity ?? multiSimilarity.weight,
      alpha: changes.multiSimilarityAlpha ?? multiSimilarity.alpha,
      beta: changes.multiSimilarityBeta ?? multiSimilarity.beta,
      base: changes.multiSimilarityBase ?? multiSimilarity.base,
      epsilon: changes.multiSimilarityEpsilon ?? multiSimilarity.epsilon,
    },
    arcFace: {
      weight: changes.arcFace ?? arcFace.weight,
      margin: changes.arcFaceMargin ?? arcFace.margin,
      scale: changes.arcFaceScale ?? arcFace.scale,
      centers: changes.arcFaceCenters ?? arcFace.centers,
    },
    circle: {
      weight: changes.circle ?? circle.weight,
      margin: changes.circleMargin ?? circle.margin,
      scale: changes.circleScale ?? circle.scale,
    },
  };
  if (Object.values(objective).every((term) => term.weight === 0)) {
    throw new PlumageError(
      "bad-input",
      "every term of the objective is disabled",
      "set the weight of a loss above 0, e.g. --triplet 1",
    );
  }
  return objective;
}
