/** The report and log of a fictional run. */
import { type Report, resnet50Cgd } from "@plumage/models";
import { type TermName, termNames } from "../src/objective/index.ts";
import type { TrainLogEntry } from "../src/run/trainLog.ts";

const metrics = (precisionAt1: number) => {
  const recall = (k: number) => 1 - (1 - precisionAt1) ** (1 + Math.log2(k) / 2);
  return {
    precisionAt1,
    recallAt: { "1": precisionAt1, "2": recall(2), "4": recall(4), "8": recall(8) },
    mapAtR: precisionAt1 * 0.6,
    rPrecision: precisionAt1 * 0.7,
  };
};

export const sampleReport = (): Report => ({
  format: "plumage-report/1",
  name: "emoji",
  command: "npm run train -- --name emoji --note '<b>'",
  dataset: {
    name: "emoji",
    title: "Emoji",
    description: "A class is an emoji; its images are drawings by different designers.",
    attributions: [
      {
        source: "noto",
        title: "Noto Emoji",
        author: "Google Inc",
        licence: "Apache-2.0",
        licenceUrl: "https://www.apache.org/licenses/LICENSE-2.0",
        url: "https://github.com/googlefonts/noto-emoji",
      },
      {
        source: "odd",
        title: "Odd",
        author: "A & B",
        licence: "CC BY 4.0",
        url: "javascript:alert(1)",
      },
    ],
    train: { classes: 825, items: 4888 },
    test: { classes: 826, items: 4886, queries: 4880, loneQueries: 6 },
  },
  architecture: resnet50Cgd(825, 64),
  recipe: { name: "finetune", rate: 1e-4, batch: 32 },
  seed: 1,
  device: "onnxruntime on the CPU, 2 threads",
  iterations: 600,
  started: "2026-01-02T03:04:05Z",
  seconds: 185.4,
  imagesPerSecond: 31.2,
  metrics: metrics(0.62),
  openSet: { fnmrAtFmr: { "0.01": 0.412, "0.001": 0.683 }, auroc: 0.671 },
  calibration: {
    depth: 16,
    gapScale: 0.02,
    nearest: { bias: -9, score: 8, gap: 0.8 },
    others: { bias: -9, score: 7, gap: 0.7 },
    reliability: {
      samples: 9766,
      ece: 0.0142,
      bins: [
        { samples: 9000, confidence: 0.15, accuracy: 0.14 },
        { samples: 766, confidence: 0.62, accuracy: 0.66 },
      ],
    },
  },
  pooledMetrics: metrics(0.58),
  start: { weights: "emoji-start.safetensors", metrics: metrics(0.6) },
  baselines: { rawPixels: metrics(0.289), untrained: metrics(0.114) },
  best: { iteration: 400, chosenBy: "held-out", metrics: metrics(0.63) },
  curve: [0, 200, 400, 600].map((iteration) => ({
    iteration,
    ...metrics(0.6 + iteration / 30_000),
  })),
});

/** The terms of the loss: those given, and 0. */
export const termsOf = (given: Partial<Record<TermName, number>>): Record<TermName, number> =>
  Object.fromEntries(termNames.map((name) => [name, given[name] ?? 0])) as Record<TermName, number>;

/** Iterations 1 to `count` of a run whose loss falls. */
export const sampleLog = (count: number): TrainLogEntry[] =>
  Array.from({ length: count }, (_, i) => {
    const iteration = i + 1;
    const wobble = 0.3 * Math.sin(i * 2.4) * Math.cos(i * 0.7);
    const classification = 5 * Math.exp(-i / 250) + 0.6 + wobble;
    const triplet = 0.12 + 0.02 * Math.sin(i * 1.7);
    return {
      iteration,
      ...termsOf({ classification, triplet }),
      loss: classification + triplet,
      minedTriplets: Math.round(400 * Math.exp(-i / 300) + 20 + 10 * Math.sin(i)),
      accuracy: Math.min(1, Math.max(0, 1 - Math.exp(-i / 200) + wobble / 10)),
      rate: i < 400 ? 1e-4 : 1e-5,
      imagesPerSecond: 31 + wobble,
      waitedShare: 0.01,
      seconds: iteration * 0.9,
    };
  });
