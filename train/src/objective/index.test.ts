import { describe, expect, test } from "vitest";
import { matrix, randomRows, unit, value, vector } from "../../test/losses.ts";
import { oracles } from "../../test/oracles.ts";
import { type ObjectiveOptions, objective, termNames } from "./index.ts";

describe("objective", () => {
  const labels = [0, 0, 1, 1];
  const embeddings = unit(randomRows(4, 6, 5));
  const logits = randomRows(4, 3, 6);
  const options: ObjectiveOptions = {
    classification: { weight: 0.7, temperature: 0.5, smoothing: 0.1 },
    triplet: { weight: 1.3, margin: 0.4, miner: "hard", reducer: "nonzero" },
    contrastive: { weight: 0.9, temperature: 0.2 },
    proxyAnchor: { weight: 0.6, margin: 0.2, scale: 16 },
    multiSimilarity: { weight: 0.4, alpha: 2, beta: 10, base: 0.5, epsilon: 0.1 },
    arcFace: { weight: 0.2, margin: 28.6, scale: 8, centers: 2 },
    circle: { weight: 0.3, margin: 0.4, scale: 8 },
  };
  const [proxies, centers] = [randomRows(3, 6, 7), randomRows(6, 6, 8)];
  const run = (changes: Partial<ObjectiveOptions>) => {
    const metrics = objective(
      {
        embeddings: matrix(embeddings),
        logits: matrix(logits),
        labels: vector(labels),
        parameters: {
          "classVectors.proxyAnchor": matrix(proxies),
          "classVectors.arcFace": matrix(centers),
        },
      },
      { ...options, ...changes },
    );
    return Object.fromEntries(
      Object.entries(metrics).map(([name, tensor]) => [name, value(tensor)]),
    );
  };
  const parts = {
    classification: oracles.classification(logits, labels, 0.5, 0.1),
    triplet: oracles.triplet(embeddings, labels, options.triplet).loss,
    contrastive: oracles.contrastive(embeddings, labels, 0.2),
    proxyAnchor: oracles.proxyAnchor(embeddings, labels, proxies, options.proxyAnchor),
    multiSimilarity: oracles.multiSimilarity(embeddings, labels, options.multiSimilarity).loss,
    circle: oracles.circle(embeddings, labels, options.circle),
    arcFace: oracles.arcFace(embeddings, labels, centers, options.arcFace),
  };

  test("weights its terms and reports them unweighted", () => {
    const metrics = run({});
    expect(parts.triplet).toBeGreaterThan(0);
    for (const [name, part] of Object.entries(parts))
      expect(metrics[name], name).toBeCloseTo(part, 4);
    const expected = termNames.reduce((sum, name) => sum + options[name].weight * parts[name], 0);
    expect(metrics.loss).toBeCloseTo(expected, 4);
    expect(metrics.minedTriplets).toBe(oracles.triplet(embeddings, labels, options.triplet).mined);
  });

  test("skips terms of weight 0", () => {
    const metrics = run({
      triplet: { ...options.triplet, weight: 0 },
      contrastive: { ...options.contrastive, weight: 0 },
      proxyAnchor: { ...options.proxyAnchor, weight: 0 },
      multiSimilarity: { ...options.multiSimilarity, weight: 0 },
      arcFace: { ...options.arcFace, weight: 0 },
      circle: { ...options.circle, weight: 0 },
    });
    for (const name of [...termNames, "minedTriplets"] as const)
      if (name !== "classification") expect(metrics[name], name).toBe(0);
    expect(metrics.loss).toBeCloseTo(0.7 * parts.classification, 5);
  });
});
