import { expect, it } from "vitest";
import { openSetText } from "./openSet.ts";
import { reliabilityDiagram } from "./reliabilityDiagram.ts";

it("writes the metrics that are known", () => {
  const auroc = 0.6712;
  expect(openSetText({ fnmrAtFmr: { "0.01": 0.4121, "0.001": 0.6833 }, auroc })).toBe(
    "Open set: FNMR 0.412 at FMR 1e-2 and 0.683 at FMR 1e-3; AUROC 0.671.",
  );
  expect(openSetText({ fnmrAtFmr: { "0.01": 0.4121, "0.001": null }, auroc })).toBe(
    "Open set: FNMR 0.412 at FMR 1e-2; AUROC 0.671.",
  );
  expect(openSetText({ fnmrAtFmr: { "0.01": null, "0.001": null }, auroc })).toBe(
    "Open set: AUROC 0.671.",
  );
});

it("the reliability diagram has a dot for each bin, and names ECE and sample count", () => {
  const diagram = reliabilityDiagram({
    depth: 16,
    gapScale: 0.02,
    nearest: { bias: 0, score: 1, gap: 1 },
    others: { bias: 0, score: 1, gap: 1 },
    reliability: {
      samples: 9870,
      ece: 0.0142,
      bins: [
        { samples: 9000, confidence: 0.15, accuracy: 0.14 },
        { samples: 870, confidence: 0.62, accuracy: 0.66 },
      ],
    },
  });
  expect(diagram).toContain("9,870 searches, ECE 0.014");
  expect(diagram.match(/<circle class="dot series-0"/g)).toHaveLength(2);
  expect(diagram).not.toMatch(/NaN|undefined/);
});
