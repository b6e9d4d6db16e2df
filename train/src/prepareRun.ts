/** Prepares a run: its data set, its network, and what its batches consist of. */
import type { DatasetInfo, Item } from "@plumage/models";
import { storePaths, writeFileWhole, writeItems } from "@plumage/models/node";
import { assertUnchanged } from "./data/assertUnchanged.ts";
import { prepareDataset } from "./data/index.ts";
import { dataOptionsSchema } from "./data/options.ts";
import { assertFits } from "./engine/devices/microBatch.ts";
import {
  backboneEncoder,
  headBase,
  readEncoder,
  resolveBackbone,
  weightsOf,
} from "./head/backbone.ts";
import { featureSource } from "./head/featureSource.ts";
import { encodeItems } from "./head/features.ts";
import type { FrozenEncoder } from "./head/frozenEncoder.ts";
import { assertName } from "./run/assertName.ts";
import { type Checkpoint, readCheckpoint } from "./run/checkpoint.ts";
import {
  assertEvaluable,
  assertTrainable,
  describeItems,
  planResumedRun,
  planRun,
  type RunItems,
  type RunPlan,
  selectItems,
} from "./run/plan.ts";
import { assertSameSettings } from "./run/resumeOptions.ts";
import { imageSource, type RunSource } from "./run/source.ts";
import { startRun } from "./run/startRun.ts";
import type { TrainOptions } from "./run/trainOptions.ts";
import { resolveWeights } from "./weights/initialWeights.ts";

export interface PreparedRun {
  readonly start: Checkpoint;
  readonly info: DatasetInfo;
  readonly items: RunItems;
  readonly source: RunSource;
}

/**
 * Prepares the data set, and the run's first or last checkpoint.
 *
 * @param given names of the options on the command line
 * @param folder of the model
 */
export async function prepareRun(
  options: TrainOptions,
  given: ReadonlySet<string>,
  folder: string,
  signal: AbortSignal,
  print: (line: string) => void,
): Promise<PreparedRun> {
  const interrupted = options.resume ? await readCheckpoint(folder) : undefined;
  if (interrupted) assertSameSettings(interrupted, options, given);
  else await assertName(folder, options.backbone);
  const settings = interrupted?.settings ?? options;
  const backbone =
    options.backbone && !interrupted
      ? await resolveBackbone(options.backbone, settings.dataset, signal)
      : undefined;
  // The report evaluates the initial weights at the end: they must exist.
  const weights = backbone
    ? weightsOf(backbone)
    : await resolveWeights(settings.weights, settings.dataset, signal);
  const data = interrupted?.settings.data ?? dataOptionsSchema.parse(options);
  const dataset = await prepareDataset(settings.dataset, { signal, print, options: data });
  if (interrupted) await assertUnchanged(folder, dataset.items);
  const items = selectItems(dataset.items, {
    validation: settings.validation,
    heldOut: options.heldOut,
  });
  for (const line of describeItems(dataset.info.title, items)) print(line);
  const base = backbone && headBase(backbone);
  const start = interrupted
    ? planResumedRun(interrupted, options, items.train)
    : await startPlanned(planRun(options, weights, items.train, base), items.train, print);
  // After the line about the weights, so that a run that is refused has still named them.
  assertTrainable(items.train);
  assertEvaluable(items.test, "held-out");
  if (items.validation.length > 0) assertEvaluable(items.validation, "validation");
  await writeItems(folder, dataset.items);
  const encoder = backbone?.kind === "encoder" ? backbone.encoder : undefined;
  if (encoder) await writeFileWhole(storePaths(folder).encoder, encoder.bytes);
  const frozen = start.settings.backbone
    ? (encoder ?? (await encoderOf(start, folder)))
    : undefined;
  const source = frozen ? await headSource(frozen, items, signal, print) : imageSource;
  return { start, info: dataset.info, items, source };
}

function startPlanned(plan: RunPlan, items: readonly Item[], print: (line: string) => void) {
  const { architecture, settings } = plan;
  // A head takes little memory.
  if (architecture.name === "resnet-cgd" && !settings.backbone)
    assertFits(architecture, process.availableMemory());
  return startRun(plan, items, print);
}

async function encoderOf(
  { architecture, settings, state }: Checkpoint,
  folder: string,
): Promise<FrozenEncoder> {
  return architecture.name === "encoder-head"
    ? readEncoder(folder, architecture)
    : backboneEncoder(architecture, state.parameters, settings.backbone!);
}

/** Encodes all images of a run. */
async function headSource(
  encoder: FrozenEncoder,
  { train, validation, test }: RunItems,
  signal: AbortSignal,
  print: (line: string) => void,
): Promise<RunSource> {
  const features = await encodeItems(encoder, [...train, ...validation, ...test], signal, print);
  return featureSource(encoder.shape, features);
}
