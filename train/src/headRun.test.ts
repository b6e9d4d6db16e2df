import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EncoderHead } from "@plumage/models";
import {
  readCheckpointFile,
  readManifest,
  readReport,
  repositoryRoot,
  storeFolder,
  storePaths,
} from "@plumage/models/node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { generatedItems } from "../test/generated.ts";
import { checkCacheFile } from "./data/checks/checkCache.ts";
import { featureFolder } from "./head/featureCache.ts";

const encoder = `no-such-encoder-${process.pid}`;
const name = `no-such-head-${process.pid}`;
const fixture = join(repositoryRoot(), "export/test/fixtures/encoders/bytes.onnx");
let images: string;
beforeAll(async () => {
  images = mkdtempSync(join(tmpdir(), "plumage-head-"));
  const items = await generatedItems(images, 6, 4);
  const rows = items.map(({ path, label }, i) => `${path},${label},${i < 12 ? "train" : "test"}`);
  writeFileSync(join(images, "all.csv"), ["path,label,split", ...rows, ""].join("\n"));
});
afterAll(async () => {
  const { checkpoint } = storePaths(storeFolder(name));
  if (existsSync(checkpoint)) {
    const { architecture } = await readCheckpointFile(checkpoint, "");
    rmSync(featureFolder(architecture as EncoderHead), { recursive: true, force: true });
  }
  rmSync(checkCacheFile(images), { force: true });
  rmSync(images, { recursive: true });
  for (const each of [encoder, name]) rmSync(storeFolder(each), { recursive: true, force: true });
});

function run(script: string, ...options: string[]) {
  const path = join(repositoryRoot(), script);
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--import", import.meta.resolve("tsx"), path, ...options],
    { encoding: "utf8", cwd: images },
  );
  return { status, stdout, stderr };
}
const dataset = ["--dataset", "csv", "--csv", "all.csv"];
const train = (...options: string[]) => run("train/src/main.ts", "--name", name, ...options);

test("trains a head on an imported encoder, resumes, exports and evaluates it", async () => {
  const imported = run("train/src/importCommand.ts", "--onnx", fixture, "--name", encoder);
  expect(imported.status).toBe(0);
  const head = ["--backbone", encoder, ...dataset, "--batch", "8", "--evaluate-every", "5"];
  const first = train(...head, "--iterations", "10");
  expect([first.status, first.stderr.match(/unexpected.*/)]).toEqual([0, null]);
  expect(first.stdout).toContain(`a new head on ${encoder}, which stays as it is`);
  expect(first.stdout).toContain("recipe head: 10 batches of 8");
  expect(first.stdout).toMatch(/^frozen encoder( +[01]\.\d{3}){6}$/m);
  const report = await readReport(storeFolder(name));
  expect(report.start).toMatchObject({ weights: encoder, metrics: report.pooledMetrics });

  const longer = train("--resume", "--iterations", "15");
  expect(longer.stdout).toContain("features: 24 of 24 images are in the cache");
  expect(longer.status).toBe(0);

  expect(run("export/src/main.ts", "--name", name).status).toBe(0);
  const { architecture, metrics } = await readManifest(storeFolder(name));
  expect(architecture).toMatchObject({ name: "encoder-head", encoder: { source: encoder } });
  const evaluated = run("train/src/evaluateCommand.ts", "--name", name, "--json");
  expect(JSON.parse(evaluated.stdout).embedding).toEqual(metrics);
});

test.each([
  [["--backbone", name], /the run would replace ".*", its own backbone - choose another --name/],
  [["--name", encoder], /".*" is an imported model - choose another --name/],
  [["--backbone", "no-such"], /--backbone no-such: there is no such model in models\/store/],
  [["--backbone", encoder, "--freeze", "stem"], /--freeze does not apply with --backbone/],
  [["--backbone", encoder, "--size", "64"], /--size is decided by the frozen encoder/],
  [["--backbone", encoder, "--descriptors", "MG"], /gives a vector, not a map to pool/],
])("%s is refused in one line", (options, line) => {
  const { status, stderr } = train(...dataset, ...options);
  expect(status).toBe(64);
  expect(stderr.trim().split("\n").at(-1)).toMatch(line);
});
