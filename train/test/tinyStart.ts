/** The first checkpoint of a run with a tiny network and three classes. */
import "../src/tensors.ts";
import { initialParameters } from "@plumage/models";
import { tinyArchitecture } from "@plumage/models/testing";
import { freshState } from "../src/engine/state.ts";
import { classVectorsOf } from "../src/objective/index.ts";
import type { Checkpoint, RunSettings } from "../src/run/checkpoint.ts";
import { changedRecipe } from "../src/run/recipeOptions.ts";

export function tinyStart(
  recipe: "scratch" | "finetune",
  iterations: number,
  changes: Partial<RunSettings> = {},
): Checkpoint {
  const classVectors = classVectorsOf(changedRecipe(recipe, changes.changes).objective);
  const architecture = { ...tinyArchitecture(3), ...(classVectors ? { classVectors } : {}) };
  const settings = {
    dataset: "generated",
    recipe,
    weights: "none",
    iterations,
    batch: 8,
    rate: 1e-3,
    seed: 5,
    imageSize: 32,
    ...changes,
  };
  return {
    architecture,
    settings,
    seconds: 0,
    state: freshState(architecture, initialParameters(architecture, 1)),
  };
}
