import { onnxDotProducts } from "@plumage/export";
import { evaluateRetrieval } from "@plumage/models";
import { expect, test } from "vitest";
import { fixture } from "../../test/metricLearning.ts";

test.each(fixture.retrieval)(
  "equals pytorch-metric-learning's AccuracyCalculator: $kind, $distance",
  async ({ distance, kind, ...expected }) => {
    const { references, queries } = fixture;
    const apart = kind === "query-reference";
    const rows = [...references.rows, ...(apart ? queries.rows : [])];
    const labels = Int32Array.from([...references.labels, ...(apart ? queries.labels : [])]);
    const item = Int32Array.from(rows, (_, i) => i);
    const among = references.rows.length;
    const sets = { queries: item.subarray(among), references: item.subarray(0, among) };
    const embeddings = Float32Array.from(rows.flat());
    const { metrics } = await evaluateRetrieval({
      embeddings,
      labels,
      dimension: rows[0]!.length,
      similarity: distance,
      provider: onnxDotProducts,
      ...(apart ? { sets } : {}),
    });
    for (const name of ["precisionAt1", "rPrecision", "mapAtR"] as const) {
      expect(metrics[name], name).toBeCloseTo(expected[name], 9);
    }
  },
);
