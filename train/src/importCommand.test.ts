import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readManifest, repositoryRoot, storeFolder } from "@plumage/models/node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { generatedItems } from "../test/generated.ts";
import { checkCacheFile } from "./data/checks/checkCache.ts";
import { listEncoders } from "./encoders/encoderTable.ts";

const name = `no-such-import-${process.pid}`;
const encoder = join(repositoryRoot(), "export/test/fixtures/encoders/bytes.onnx");
let images: string;
beforeAll(async () => {
  images = mkdtempSync(join(tmpdir(), "plumage-import-"));
  const items = await generatedItems(images, 3, 5);
  const rows = items.map(({ path, label }) => `${path},${label},test`);
  writeFileSync(join(images, "all.csv"), ["path,label,split", ...rows, ""].join("\n"));
});
afterAll(() => {
  rmSync(checkCacheFile(images), { force: true });
  rmSync(images, { recursive: true });
  rmSync(storeFolder(name), { recursive: true, force: true });
});

const run = (command: "import" | "evaluate", ...options: string[]) =>
  spawnSync(
    process.execPath,
    [
      "--import",
      import.meta.resolve("tsx"),
      join(repositoryRoot(), `train/src/${command}Command.ts`),
      "--name",
      name,
      ...options,
    ],
    { encoding: "utf8", cwd: images },
  );

test("imports without a data set, and evaluates on one that is named", () => {
  expect(run("import", "--onnx", encoder).status).toBe(0);
  const alone = run("evaluate");
  expect([alone.status, alone.stdout]).toEqual([64, ""]);
  expect(alone.stderr).toMatch(/was imported without a data set - add --dataset NAME\n$/);
  const table = run("evaluate", "--dataset", "csv", "--csv", "all.csv").stdout;
  expect(table).toContain("imported from bytes.onnx: 15 images of 3 classes of all.csv");
  expect(table).toMatch(/^embedding( +[01]\.\d{3}){6}$/m);
  expect(table).not.toContain("pooled features");
});

test("imports with a data set, and evaluates to the same metrics", async () => {
  expect(run("import", "--onnx", encoder, "--dataset", "csv", "--csv", "all.csv").status).toBe(0);
  const { metrics } = await readManifest(storeFolder(name));
  const report = JSON.parse(run("evaluate", "--json").stdout);
  expect(report.embedding).toEqual(metrics);
});

test("lists the encoders that --model takes", () => {
  const { status, stdout } = run("import", "--list-models");
  expect([status, stdout]).toEqual([0, `${listEncoders()}\n`]);
});

test.each([
  [["--model", "dinov9"], 64, /--model dinov9: use one of: dinov2-small, /],
  [["--model", "dinov2-small", "--onnx", encoder], 64, /both name an encoder - use one/],
  [[], 64, /no encoder is named - add --onnx FILE or --model NAME/],
  [["--onnx", "absent.onnx"], 66, /absent\.onnx is missing/],
  [["--onnx", encoder, "--csv", "all.csv"], 64, /require --dataset/],
  [["--onnx", encoder, "--held-out", "9"], 64, /require --dataset/],
  [["--onnx", encoder, "--resize", "stretch"], 64, /stretch: use one of: squash, crop, pad/],
  [["--onnx", encoder, "--shorter-side", "40"], 64, /--shorter-side is for center crops/],
  [["--onnx", encoder, "--mean", "1,2"], 64, /--mean 1,2: use one number, or three/],
  [["--onnx", encoder, "--std", "0"], 64, /--std 0: use numbers above 0/],
])("%j: prints one line", (options, exit, line) => {
  const { status, stdout, stderr } = run("import", ...options);
  expect([status, stdout]).toEqual([exit, ""]);
  expect(stderr).toMatch(line);
  expect(stderr.trim().split("\n")).toHaveLength(1);
});
