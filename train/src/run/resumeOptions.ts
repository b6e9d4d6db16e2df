/** The options of a resumed run: it keeps its own settings, and those that are given must agree. */
import { isAbsolute } from "node:path";
import { PlumageError } from "@plumage/models";
import { optionFlag } from "@plumage/models/cli";
import type { Checkpoint } from "./checkpoint.ts";
import type { TrainOptions } from "./trainOptions.ts";

/** What the interrupted run has for each option that cannot change. */
function storedOptions({ settings, architecture }: Checkpoint): Partial<TrainOptions> {
  const { imageSize, data, changes } = settings;
  const { weights, dataset, recipe, batch, rate, seed, evaluateEvery } = settings;
  const { validation, patience, backbone } = settings;
  return {
    ...({ dataset, recipe, batch, rate, seed, evaluateEvery } as Partial<TrainOptions>),
    ...({ validation, patience, backbone } as Partial<TrainOptions>),
    ...data,
    ...changes,
    // A name such as "imagenet" stands for a path.
    ...(weights === "none" || isAbsolute(weights) ? { weights } : {}),
    size: imageSize,
    descriptors: architecture.descriptors,
    dimension: architecture.dimension,
    fineMap: architecture.name === "resnet-cgd" && architecture.lastStride === 1,
  };
}

/** Options that may change, as they do not change the run's steps. */
const changeable = new Set<keyof TrainOptions>([
  ...(["name", "resume", "iterations", "epochs", "heldOut", "listDevices"] as const),
  ...(["device", "engine", "threads", "microBatch"] as const),
]);

/**
 * @param options of the command that resumes the run
 * @param given names of the options on its command line
 * @throws PlumageError "bad-input" for an option that differs from the run's own
 */
export function assertSameSettings(
  run: Checkpoint,
  options: TrainOptions,
  given: ReadonlySet<string>,
): void {
  const stored = storedOptions(run);
  for (const name of Object.keys(options) as (keyof TrainOptions)[]) {
    if (!given.has(name) || changeable.has(name)) continue;
    if (name === "weights" && stored.weights === undefined) continue;
    const [own, asked] = [stored[name], options[name]].map(String);
    if (own === asked) continue;
    throw new PlumageError(
      "bad-input",
      `--resume continues with the run's own settings, and ${optionFlag(name)} ${asked} is not ` +
        `the run's ${stored[name] === undefined ? "default" : own}`,
      "leave the option out, or start another run under another --name",
    );
  }
}
