/** Step 5: writes the variants' files and the manifest, and prints a table of the variants. */
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import {
  type Calibration,
  encodeGolden,
  keepsQuality,
  type Manifest,
  type ManifestFile,
  maxPrecisionLoss,
  modelFiles,
  resizeSteps,
} from "@plumage/models";
import { repositoryRoot, writeFileWhole, writeManifest } from "@plumage/models/node";
import { describeFile } from "./describe.ts";
import type { GoldenVectors } from "./goldens.ts";
import { manifestRow, type VariantMeasures } from "./manifestRow.ts";
import { variantTable } from "./table.ts";
import type { TrainedModel } from "./trained.ts";

/** What a file says about itself. */
export type FileDescription = ReturnType<typeof describeFile> & {
  readonly producerVersion: string;
};

export interface WrittenVariant extends VariantMeasures {
  readonly file: string;
  /** What cosines of fp32 mean; all variants share its embedding space. */
  readonly calibration: Calibration | undefined;
  encode(description: FileDescription): Uint8Array;
}

export interface WriteOptions {
  readonly name: string;
  readonly folder: string;
  readonly model: TrainedModel;
  readonly goldens: GoldenVectors;
  /** Smallest cosine of fp32's golden embeddings with the trained network's. */
  readonly cosineMin: number;
  readonly allowLoss: boolean;
  print(line: string): void;
}

/**
 * Writes each file whole, the manifest last, and removes the files of other variants.
 *
 * @param variants fp32 first; those that lose too much quality are written only with `allowLoss`
 */
export async function writeModelFiles(
  options: WriteOptions,
  variants: readonly WrittenVariant[],
): Promise<Manifest> {
  const { name, folder, model, allowLoss, print } = options;
  const version = await packageVersion();
  const contents = new Map(
    variants.map(({ file, variant, heldOut, encode }) => {
      const description = describeFile(name, variant, model, heldOut);
      return [file, encode({ ...description, producerVersion: version })] as const;
    }),
  );
  const rows = variants.map((variant) =>
    manifestRow(variant, contents.get(variant.file)!, options.cosineMin, variants[0]!),
  );
  print(variantTable(rows));
  const files = rows.filter((row) => allowLoss || keepsQuality(row));
  for (const { file, precisionAt1Delta = 0 } of rows.filter((row) => !files.includes(row))) {
    print(
      `${file} is not written: it loses ${(-precisionAt1Delta).toFixed(2)} percentage points of ` +
        `P@1, more than ${maxPrecisionLoss} (use --allow-loss to write it)`,
    );
  }

  const written = new Set(files.map(({ file }) => file));
  for (const file of Object.values(modelFiles))
    if (!written.has(file)) await rm(join(folder, file), { force: true });
  for (const file of written) await writeFileWhole(join(folder, file), contents.get(file)!);
  // The report's is of all held-out images.
  const calibration = model.calibration ?? variants[0]!.calibration;
  print(describeCalibration(calibration));
  const manifest = makeManifest(options, version, files, calibration);
  await writeManifest(folder, manifest);
  return manifest;
}

function makeManifest(
  { name, model, goldens }: WriteOptions,
  version: string,
  files: ManifestFile[],
  calibration: Calibration | undefined,
): Manifest {
  const { architecture, dataset, metrics, iterations } = model;
  const { dimension, imageSize } = architecture;
  return {
    format: "plumage-model/1",
    name,
    architecture,
    dimension,
    preprocessing: {
      imageSize,
      resize: [...resizeSteps(architecture)],
      filter: "pillow-bilinear",
    },
    input: { name: "images", type: "uint8", layout: "NHWC" },
    output: { name: "embeddings", type: "float32", unitLength: true },
    dataset,
    metrics,
    ...(calibration ? { calibration } : {}),
    producer: { name: "plumage", version, iterations },
    files,
    goldens: goldens.inputs.map((input, i) => {
      const embedding = goldens.embeddings.subarray(i * dimension, (i + 1) * dimension);
      return encodeGolden(input.pixels, embedding, input);
    }),
  };
}

/** Describes a calibration, or says why there is none. */
export function describeCalibration(calibration: Calibration | undefined): string {
  if (!calibration)
    return "no calibration of scores: it takes more held-out images, and more variants than fp32";
  const { samples, ece } = calibration.reliability;
  return (
    `scores are calibrated on ${samples.toLocaleString("en-US")} searches, half of them ` +
    `without a match; expected calibration error ${ece.toFixed(3)}`
  );
}

/** The project's version, for files that name their producer. */
export async function packageVersion(): Promise<string> {
  const text = await readFile(join(repositoryRoot(), "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
