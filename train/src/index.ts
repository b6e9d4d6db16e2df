/**
 * What other packages may use of training: the engine, a first state and the recipes.
 *
 * @module @plumage/train
 */
export type { Batch, Engine, TrainingPlan, TrainingRun, TrainingState } from "./engine/engine.ts";
export { recordedEngine } from "./engine/recorded/recordedEngine.ts";
export { freshState } from "./engine/state.ts";
export { recipes } from "./run/recipe.ts";
