/** The description and metadata in an exported file, for a person who has nothing but the file. */
import { describeResize, resizeSteps, type VariantName } from "@plumage/models";
import type { HeldOutQuality } from "./heldOut.ts";
import type { TrainedModel } from "./trained.ts";

/** @param heldOut the variant's quality; if undefined, the report's metrics are used */
export function describeFile(
  name: string,
  variant: VariantName,
  { dataset, metrics, architecture, iterations }: TrainedModel,
  heldOut: HeldOutQuality | undefined,
): { readonly description: string; readonly metadata: Record<string, string> } {
  const { imageSize, dimension } = architecture;
  return {
    description:
      `Image embedder "${name}", ${variant}. Maps images, uint8 [N, ${imageSize}, ${imageSize}, ` +
      `3] RGB, to embeddings float32 [N, ${dimension}] of unit length, which are compared by ` +
      "cosine. Normalization is part of the graph.",
    metadata: {
      name,
      variant,
      architecture: JSON.stringify(architecture),
      iterations: String(iterations),
      dataset: dataset.title,
      datasetDescription: dataset.description,
      licences: [...new Set(dataset.attributions.map(({ licence }) => licence))].join(", "),
      preprocessing: `RGB uint8, crop to the box, ${describeResize(resizeSteps(architecture))}`,
      metrics: heldOut
        ? metricsText(heldOut.precisionAt1, heldOut.recallAt4)
        : metrics
          ? `${metricsText(metrics.precisionAt1, metrics.recallAt["4"])} (from training's report)`
          : "not measured",
    },
  };
}

const metricsText = (precision: number, recall: number): string =>
  `held-out P@1 ${precision.toFixed(4)}, R@4 ${recall.toFixed(4)}`;
