/** The reliability diagram of a calibration, as inline SVG. */
import type { Calibration } from "@plumage/models";
import { lineChart } from "./chart.ts";

/**
 * Confidence and accuracy of each bin beside the diagonal, on which a perfect calibration lies
 * (arXiv 1706.04599, figure 1). Returns a figure.
 */
export function reliabilityDiagram({ reliability: { samples, ece, bins } }: Calibration): string {
  const number = samples.toLocaleString("en-US");
  return lineChart({
    title: `Confidence of the nearest image: ${number} searches, ECE ${ece.toFixed(3)}`,
    xLabel: "confidence",
    series: [
      {
        name: "share that is of the query's class",
        points: bins.map(({ confidence, accuracy }) => [confidence, accuracy]),
      },
      {
        name: "perfect",
        points: [
          [0, 0],
          [1, 1],
        ],
      },
    ],
  });
}
