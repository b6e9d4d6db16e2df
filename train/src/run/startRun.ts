/** Creates the first checkpoint of a run. */
import type { Item } from "@plumage/models";
import { freshState } from "../engine/state.ts";
import { calibrateOnItems } from "../evaluation/calibration.ts";
import { type InitialWeights, initialWeights, missingTensors } from "../weights/initialWeights.ts";
import type { Checkpoint } from "./checkpoint.ts";
import type { RunPlan } from "./plan.ts";

const maxPrintedTensors = 10;

/**
 * Reads or initializes the weights of a planned run. Random weights get batch-norm statistics from
 * the training items.
 *
 * @throws PlumageError "mismatch" if no tensor of the weights fits
 */
export async function startRun(
  { settings, architecture }: RunPlan,
  items: readonly Item[],
  print: (line: string) => void,
): Promise<Checkpoint> {
  const { weights, seed } = settings;
  const initial = await initialWeights(weights, architecture, seed);
  const lines =
    architecture.name === "encoder-head"
      ? [`a new head on ${architecture.encoder.source}, which stays as it is`]
      : describeWeights(weights, initial);
  for (const line of lines) print(line);
  const parameters =
    weights === "none" && architecture.name === "resnet-cgd"
      ? await calibrateOnItems(architecture, initial.parameters, items)
      : initial.parameters;
  return { architecture, settings, seconds: 0, state: freshState(architecture, parameters) };
}

function describeWeights(weights: string, initial: InitialWeights): string[] {
  if (weights === "none") return ["weights: random"];
  const total = initial.parameters.size;
  const missing = missingTensors(initial);
  const more = missing.length - maxPrintedTensors;
  return [
    `weights: ${total - initial.fresh.length} of ${total} tensors from ${weights}`,
    ...missing.slice(0, maxPrintedTensors).map((line) => `  initialized randomly: ${line}`),
    ...(more > 0 ? [`  ... and ${more} more`] : []),
  ];
}
