import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Item } from "@plumage/models";
import { repositoryRoot, storeFolder } from "@plumage/models/node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { generatedInfo, generatedItems } from "../test/generated.ts";
import { tinyStart } from "../test/tinyStart.ts";
import { checkCacheFile } from "./data/checks/checkCache.ts";
import { embedItems } from "./evaluation/embedItems.ts";
import { evaluateEmbeddings } from "./evaluation/evaluateItems.ts";
import { writeCheckpoint } from "./run/checkpoint.ts";

const name = `no-such-model-${process.pid}`;
const start = tinyStart("finetune", 4);
let images: string;
let items: Item[];
beforeAll(async () => {
  images = mkdtempSync(join(tmpdir(), "plumage-evaluate-"));
  items = await generatedItems(images, 3, 5);
  await writeCheckpoint(storeFolder(name), start, generatedInfo);
});
afterAll(() => {
  rmSync(checkCacheFile(images), { force: true });
  rmSync(images, { recursive: true });
  rmSync(storeFolder(name), { recursive: true });
});

const evaluate = (...options: string[]) =>
  spawnSync(
    process.execPath,
    [
      "--import",
      import.meta.resolve("tsx"),
      join(repositoryRoot(), "train/src/evaluateCommand.ts"),
      "--name",
      name,
      ...options,
    ],
    { encoding: "utf8", cwd: images },
  );

test("evaluates queries and references of a table, by either distance", async () => {
  const roles = items.map((item, i) => ({
    ...item,
    split: "test" as const,
    role: i % 5 < 2 ? ("query" as const) : ("reference" as const),
  }));
  const rows = roles.map(({ path, label, role }) => `${path},${label},${role}`);
  const table = join(images, "table.csv");
  writeFileSync(table, ["path,label,split", ...rows, ""].join("\n"));
  const network = { architecture: start.architecture, parameters: start.state.parameters };
  const embedded = await embedItems("here", network, roles, new AbortController().signal);
  for (const distance of ["cosine", "euclidean"] as const) {
    const { status, stdout } = evaluate(
      "--dataset",
      "csv",
      "--csv",
      table,
      "--distance",
      distance,
      "--json",
    );
    expect(status).toBe(0);
    const { embedding, pooled } = await evaluateEmbeddings(embedded, roles, {
      distance,
      withOpenSet: distance === "cosine",
    });
    expect(embedding.queries).toBe(6);
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ name, iteration: 0, items: 15, classes: 3, queries: 6, loneQueries: 0, distance },
      embedding: embedding.metrics,
      pooled: pooled.metrics,
    });
    // Open-set metrics are of cosines.
    expect(JSON.parse(stdout).openSet).toEqual(embedding.openSet);
    expect(embedding.openSet === undefined).toBe(distance === "euclidean");
  }
});

test("evaluates all images by leave-one-out and prints a table", () => {
  const table = join(images, "all.csv");
  writeFileSync(
    table,
    ["path,label", ...items.map(({ path, label }) => `${path},${label}`), ""].join("\n"),
  );
  const { status, stdout } = evaluate("--dataset", "csv", "--csv", table, "--split", "all");
  expect(status).toBe(0);
  expect(stdout).toContain("15 images of 3 classes of all.csv, leave-one-out");
  expect(stdout).toMatch(/^all retrieval, cosine +P@1/m);
  expect(stdout).toMatch(/^embedding( +[01]\.\d{3}){6}$/m);
  const flipped = evaluate("--dataset", "csv", "--csv", table, "--split", "all", "--flip");
  expect(flipped.stdout).toMatch(/^all retrieval, cosine, flip +P@1/m);
  expect(stdout).toMatch(/^Open set: .*AUROC [01]\.\d{3}\.$/m);
});

test("compares models on the same images", async () => {
  const other = `${name}-other`;
  const trained = tinyStart("finetune", 4, { seed: 6 });
  try {
    await writeCheckpoint(storeFolder(other), trained, generatedInfo);
    const all = items.map(({ path, label }) => `${path},${label}`);
    writeFileSync(join(images, "both.csv"), ["path,label", ...all, ""].join("\n"));
    const options = ["--dataset", "csv", "--csv", "both.csv", "--split", "all"];
    const { compared } = JSON.parse(evaluate(...options, "--compare", other, "--json").stdout);
    expect(compared.map((model: { name: string }) => model.name)).toEqual([name, other]);
    for (const [i, { architecture, state }] of [start, trained].entries()) {
      const network = { architecture, parameters: state.parameters };
      const embedded = await embedItems("here", network, items, new AbortController().signal);
      const { embedding } = await evaluateEmbeddings(embedded, items);
      expect(compared[i].metrics).toEqual(embedding.metrics);
      expect(compared[i].dimension).toBe(embedded.dimension);
    }
    const { stdout } = evaluate(...options, "--compare", other);
    expect(stdout).toMatch(new RegExp(`^${other}( +[01]\\.\\d{3}){6} +\\d+ +\\S+ +-$`, "m"));
  } finally {
    rmSync(storeFolder(other), { recursive: true, force: true });
  }
});

test.each([
  { options: ["--compare", "a,../b"], line: /^--compare a,\.\.\/b: /, exit: 64 },
  { options: ["--compare", "no-such-model"], line: /no-such-model/, exit: 66 },
  { options: ["--best"], line: /best\.safetensors is missing/, exit: 66 },
  { options: ["--csv", "x.csv"], line: /^options of a data set require --dataset/, exit: 64 },
])("$options: prints one line", ({ options, line, exit }) => {
  const { status, stdout, stderr } = evaluate(...options);
  expect([stdout, status]).toEqual(["", exit]);
  expect(stderr).toMatch(line);
  expect(stderr.trim().split("\n")).toHaveLength(1);
});
