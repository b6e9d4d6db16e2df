/**
 * The public API: the recorded engine, initial states and recipes.
 *
 * @module @plumage/train
 */
export type { Batch, Engine, TrainingPlan, TrainingRun, TrainingState } from "./engine/engine.ts";
export { recordedEngine } from "./engine/recorded/recordedEngine.ts";
export { freshState } from "./engine/state.ts";
export { recipes } from "./run/recipe.ts";
