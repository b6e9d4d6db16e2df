import type { Item } from "@plumage/models";
import { describe, expect, test } from "vitest";
import { tinyStart } from "../../test/tinyStart.ts";
import {
  assertCompatible,
  assertEvaluable,
  assertTrainable,
  batchWarnings,
  describeItems,
  planResumedRun,
  planRun,
  requestedIterations,
  selectItems,
} from "./plan.ts";
import { recipes } from "./recipe.ts";
import { type TrainOptions, trainOptionTable } from "./trainOptions.ts";

/** Options with their defaults. */
const options = (given: Partial<Record<keyof TrainOptions, unknown>> = {}): TrainOptions =>
  Object.fromEntries(
    Object.entries(trainOptionTable).map(([name, { schema }]) => [
      name,
      schema.parse(given[name as keyof TrainOptions]),
    ]),
  ) as TrainOptions;

/** Items of the given classes, a letter each: lower case for training, upper case for testing. */
const itemsOf = (labels: string): Item[] =>
  [...labels].map((label, i) => ({
    id: `${i}`,
    path: `${i}.png`,
    label,
    split: label === label.toLowerCase() ? "train" : "test",
  }));

describe("assertCompatible", () => {
  test("accepts the defaults", () => {
    expect(() => assertCompatible(options())).not.toThrow();
  });

  test.each([
    [{ iterations: 5, epochs: 1 }, /--iterations and --epochs/],
    [{ validation: 5 }, /--validation requires --evaluate-every/],
    [{ patience: 5, evaluateEvery: 10 }, /--patience requires --validation/],
    [{ dimension: 7 }, /--dimension 7 is not a multiple of 2 descriptors/],
    [{ descriptors: "SMG", dimension: 100 }, /not a multiple of 3/],
  ])("rejects %j", (given, message) => {
    const error = expect.objectContaining({
      code: "bad-input",
      message: expect.stringMatching(message),
    });
    expect(() => assertCompatible(options(given))).toThrow(error);
  });
});

test("rejects a run that is not longer than its warm-up", () => {
  const plan = (warmupSteps: number) =>
    planRun(options({ warmupSteps, iterations: 10, recipe: "finetune" }), "none", itemsOf("aabb"));
  expect(plan(9).settings.changes).toEqual({ warmupSteps: 9 });
  expect(() => plan(10)).toThrow(/--warmup-steps 10 leaves no step for the backbone/);
});

test("a loss with class vectors adds them to the architecture", () => {
  const architecture = (given: Parameters<typeof options>[0]) =>
    planRun(options(given), "none", itemsOf("aabb")).architecture;
  expect(architecture({})).not.toHaveProperty("classVectors");
  expect(architecture({ proxyAnchor: 1 }).classVectors).toEqual({ proxyAnchor: 1 });
  const subCenters = architecture({ arcFace: 1, arcFaceCenters: 3 });
  expect(subCenters.classVectors).toEqual({ arcFace: 3 });
});

test.each([
  { size: 31 },
  { size: 100_000 },
  { dimension: 100_000_000 },
  { epochs: 1e300 },
  { weightDecay: 100 },
  { weightDecay: -1 },
  { ema: 1 },
])("rejects %j, which no network or machine can take", (given) => {
  expect(() => options(given)).toThrow(/use (\d+ (or|to)|a number between)/);
});

test("rejects training on one class, and warns of batches that hold one", () => {
  expect(() => assertTrainable(itemsOf("aabb"))).not.toThrow();
  const error = expect.objectContaining({
    code: "bad-input",
    message: expect.stringMatching(/one class to train on/),
  });
  expect(() => assertTrainable(itemsOf("aaaa"))).toThrow(error);
  expect(batchWarnings(8, 4)).toEqual([]);
  expect(batchWarnings(4, 4)).toEqual([expect.stringMatching(/use a batch of 8 or more/)]);
});

describe("selectItems", () => {
  const items = itemsOf("aabbccddXXYY");
  const labels = (selected: readonly Item[]) => selected.map(({ label }) => label).join("");

  test("separates training and test items", () => {
    const { train, validation, test } = selectItems(items, {});
    expect([train, validation, test].map(labels)).toEqual(["aabbccdd", "", "XXYY"]);
  });

  test("moves classes to validation and limits the test items", () => {
    const { train, validation, test } = selectItems(items, { validation: 2, heldOut: 3 });
    expect([train, validation, test].map(labels)).toEqual(["aabb", "ccdd", "XXY"]);
  });
});

describe("describeItems", () => {
  test("counts images and classes", () => {
    const items = selectItems(itemsOf("aabbccddXXY"), { validation: 1 });
    expect(describeItems("Birds", items)).toEqual([
      "Birds: 6 images of 3 classes to train on, 2 images of 1 classes to validate on, " +
        "3 images of 2 classes held out",
    ]);
  });

  test("warns about classes that are in both splits", () => {
    const [train, test] = [itemsOf("aab"), itemsOf("a")];
    expect(describeItems("Birds", { train, validation: [], test })[1]).toMatch(
      /^1 classes are both trained on and held out/,
    );
  });
});

test.each([
  { given: {}, expected: undefined },
  { given: { iterations: 7 }, expected: 7 },
  { given: { epochs: 2 }, expected: 20 },
  { given: { epochs: 0.01 }, expected: 1 },
])("$given requests $expected iterations", ({ given, expected }) => {
  expect(requestedIterations(options(given), 1000, 100)).toBe(expected);
});

describe("planRun", () => {
  const items = itemsOf("aabbccdd");

  test("uses the recipe's values, in a batch that the classes can fill", () => {
    const { settings, architecture } = planRun(options(), "start.safetensors", items);
    expect(settings).toMatchObject({
      dataset: "emoji",
      recipe: "finetune",
      weights: "start.safetensors",
      iterations: recipes.finetune.iterations,
      batch: 4 * recipes.finetune.perClass,
      rate: recipes.finetune.schedule.rate,
      seed: 1,
      imageSize: 64,
    });
    expect(settings).not.toHaveProperty("evaluateEvery");
    expect(architecture).toMatchObject({
      classes: 4,
      imageSize: 64,
      descriptors: ["M", "G"],
      dimension: 1536,
    });
    expect(architecture).not.toHaveProperty("resize");
  });

  test("picks the recipe scratch for random weights", () => {
    expect(planRun(options(), "none", items).settings.recipe).toBe("scratch");
    expect(planRun(options({ recipe: "finetune" }), "none", items).settings.recipe).toBe(
      "finetune",
    );
  });

  test("lets options override the recipe", () => {
    const given = { batch: 8, epochs: 3, rate: 0.5, seed: 9, miner: "all", evaluateEvery: 2 };
    const { settings } = planRun(options({ ...given, validation: 1 }), "none", items);
    expect(settings).toMatchObject({ batch: 8, iterations: 3, rate: 0.5, seed: 9 });
    expect(settings).toMatchObject({ evaluateEvery: 2, validation: 1, changes: { miner: "all" } });
  });

  test("shapes the network", () => {
    const network = { size: 224, descriptors: "SMG", dimension: 48, fineMap: true };
    const given = options({ ...network, augmentation: "tutorial" });
    const { architecture } = planRun(given, "none", items);
    expect(architecture).toMatchObject({
      imageSize: 224,
      descriptors: ["S", "M", "G"],
      dimension: 48,
      lastStride: 1,
      resize: [256, 224],
    });
  });

  test("rejects an objective without terms", () => {
    const given = options({ classification: 0, triplet: 0 });
    expect(() => planRun(given, "x.pth", items)).toThrow("is disabled");
  });
});

test("planResumedRun changes nothing but the length", () => {
  const run = tinyStart("finetune", 9);
  const items = itemsOf("aabbccdd");
  expect(planResumedRun(run, options({ rate: 5 }), items)).toEqual(run);
  const longer = planResumedRun(run, options({ iterations: 20 }), items);
  expect(longer).toEqual({ ...run, settings: { ...run.settings, iterations: 20 } });
});

describe("assertEvaluable", () => {
  test.each(["abAA", "AbA"])("accepts %j", (labels) => {
    const held = itemsOf(labels).filter(({ split }) => split === "test");
    expect(() => assertEvaluable(held, "held-out")).not.toThrow();
  });

  test.each([["a query"], ["a query and a reference", "reference"]])(
    "rejects classes of one image, and %s of different classes",
    (_, role = "query") => {
      const [first, second] = itemsOf("AB");
      const items = [
        { ...first!, role: "query" as const },
        { ...second!, role: role as "query" | "reference" },
      ];
      const error = expect.objectContaining({
        code: "bad-input",
        message: expect.stringMatching(/^no class of the held-out images has two of them/),
      });
      expect(() => assertEvaluable(items, "held-out")).toThrow(error);
      expect(() => assertEvaluable(itemsOf("AB"), "held-out")).toThrow(error);
      expect(() => assertEvaluable([], "held-out")).toThrow(error);
    },
  );
});
