import { describe, expect, it } from "vitest";
import { normal, uniform } from "../numeric/random.ts";
import { reliabilityOf } from "./calibrate.ts";
import { calibrationSchema, confidences } from "./confidence.ts";
import { plainDotProducts } from "./dotProducts.ts";
import { evaluateRetrieval } from "./evaluate.ts";

const dimension = 8;

/** Embeddings around one direction for each class, of unit length. */
function clusters(classes: number, perClass: number, spread: number) {
  const next = normal(17);
  const draw = () => Array.from({ length: dimension }, next);
  const centers = Array.from({ length: classes }, draw);
  const labels = Int32Array.from({ length: classes * perClass }, (_, i) =>
    Math.floor(i / perClass),
  );
  const embeddings = new Float32Array(labels.length * dimension);
  for (const [item, label] of labels.entries()) {
    const noise = draw();
    const vector = centers[label]!.map((value, i) => value + spread * noise[i]!);
    const length = Math.hypot(...vector);
    embeddings.set(
      vector.map((value) => value / length),
      item * dimension,
    );
  }
  return { embeddings, labels };
}

const calibrationOf = async (classes: number, perClass: number, spread: number) => {
  const data = clusters(classes, perClass, spread);
  const { calibration } = await evaluateRetrieval({
    ...data,
    dimension,
    provider: plainDotProducts,
    withOpenSet: true,
  });
  return calibration;
};

describe("CalibrationMeter", () => {
  it("is calibrated on unseen classes, with half of the queries open-set", async () => {
    const calibration = (await calibrationOf(60, 10, 0.6))!;
    expect(calibrationSchema.parse(calibration)).toEqual(calibration);
    const { samples, ece, bins } = calibration.reliability;
    expect(samples).toBe(2 * 600);
    expect(bins.reduce((sum, bin) => sum + bin.samples, 0)).toBe(samples);
    expect(ece).toBeLessThan(0.05);
    // Open-set queries are never right, so at most half of all nearest neighbors are.
    const right = bins.reduce((sum, bin) => sum + bin.samples * bin.accuracy, 0) / samples;
    expect(right).toBeGreaterThan(0.3);
    expect(right).toBeLessThan(0.5);
  });

  it("is confident in a near class that is far ahead, and not among equally far ones", async () => {
    const calibration = (await calibrationOf(60, 10, 0.4))!;
    const nearest = (score: number, rival: number) =>
      confidences(
        [
          { score, label: 1 },
          { score: rival, label: 2 },
        ],
        calibration,
      )[0]!;
    expect(nearest(0.95, 0.6)).toBeGreaterThan(0.8);
    expect(nearest(0.7, 0.69)).toBeLessThan(0.2);
  });

  it("fits nothing to too few right or wrong neighbors", async () => {
    expect(await calibrationOf(4, 5, 0.4)).toBeUndefined();
    expect(await calibrationOf(60, 1, 0.4).catch(({ message }) => message)).toMatch("no class");
  });

  it("counts queries without a class among the references as open-set", async () => {
    const { embeddings, labels } = clusters(80, 4, 0.5);
    const items = Array.from(labels.keys());
    const { calibration, loneQueries } = await evaluateRetrieval({
      embeddings,
      labels,
      dimension,
      provider: plainDotProducts,
      sets: {
        queries: Int32Array.from(items.filter((item) => item % 4 === 0)),
        references: Int32Array.from(items.filter((item) => item % 4 > 0 && labels[item]! < 60)),
      },
      withOpenSet: true,
    });
    expect(loneQueries).toBe(20);
    expect(calibration!.reliability.samples).toBe(2 * 80);
  });
});

it("the reliability diagram compares confidence and accuracy in ten bins", () => {
  const of = (confidence: number, isRight: boolean) => ({ confidence, isRight });
  const { samples, ece, bins } = reliabilityOf([
    of(0.12, false),
    of(0.18, true),
    of(0.9, true),
    of(1, true),
  ]);
  expect(samples).toBe(4);
  expect(bins).toEqual([
    { samples: 2, confidence: 0.15, accuracy: 0.5 },
    { samples: 2, confidence: 0.95, accuracy: 1 },
  ]);
  expect(ece).toBeCloseTo((2 * 0.35 + 2 * 0.05) / 4, 12);
});

it("draws of a calibrated source have a small error, and shifted ones do not", () => {
  const next = uniform(2);
  const drawn = Array.from({ length: 20_000 }, () => {
    const confidence = next();
    return { confidence, isRight: next() < confidence };
  });
  expect(reliabilityOf(drawn).ece).toBeLessThan(0.02);
  const shifted = drawn.map((each) => ({ ...each, confidence: Math.sqrt(each.confidence) }));
  expect(reliabilityOf(shifted).ece).toBeGreaterThan(0.1);
});
