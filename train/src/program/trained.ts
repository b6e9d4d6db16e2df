/** Which parameters a step trains. */
import { type NetworkArchitecture, type ParameterSpec, parameterTable } from "@plumage/models";

/** The stages of the backbone, from the image on. */
export const stageNames = ["stem", "layer1", "layer2", "layer3", "layer4"] as const;
export type StageName = (typeof stageNames)[number];

/** Names of all parameters that have gradients if nothing is frozen. */
export const trainedNames = (architecture: NetworkArchitecture): string[] =>
  parameterTable(architecture).flatMap(({ name, trained }) => (trained ? [name] : []));

function isFrozen({ name, part }: ParameterSpec, freeze: StageName): boolean {
  if (part !== "backbone") return false;
  const own = stageNames.findIndex((stage) => name.startsWith(`${stage}.`));
  return Math.max(own, 0) <= stageNames.indexOf(freeze);
}

/**
 * The parameters that a step trains, and those that it takes as constants: batch-norm statistics
 * and frozen stages.
 *
 * @param options.freeze the last frozen stage; the stages before it are frozen too
 */
export function splitParameters(
  architecture: NetworkArchitecture,
  { freeze }: { readonly freeze?: StageName },
): { trained: ParameterSpec[]; constant: ParameterSpec[] } {
  const table = parameterTable(architecture);
  const isTrained = (spec: ParameterSpec) => spec.trained && !(freeze && isFrozen(spec, freeze));
  return { trained: table.filter(isTrained), constant: table.filter((spec) => !isTrained(spec)) };
}
