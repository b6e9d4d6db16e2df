import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repositoryRoot, storeFolder, storePaths } from "@plumage/models/node";
import { afterAll, beforeAll, expect, test } from "vitest";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "plumage-train-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const train = (...options: string[]) =>
  spawnSync(
    process.execPath,
    [
      "--import",
      import.meta.resolve("tsx"),
      join(repositoryRoot(), "train", "src", "main.ts"),
      ...options,
    ],
    { encoding: "utf8", cwd: folder },
  );
const name = "no-such-run-of-the-tests";

test.each([
  {
    options: ["--weights", "/nowhere.safetensors"],
    line:
      "/nowhere.safetensors is missing - --weights takes start, none, imagenet, imagenet-v2, " +
      "or a .safetensors, .pth or .onnx file",
    exit: 66,
  },
  {
    options: ["--resume"],
    line:
      `no run to resume: ${storePaths(storeFolder(name)).checkpoint} is missing - ` +
      "train from the start, without --resume",
    exit: 66,
  },
])("$options: prints one line and writes nothing", ({ options, line, exit }) => {
  const { status, stdout, stderr } = train("--name", name, ...options);
  expect(stdout).toBe("");
  expect(stderr).toBe(`${line}\n`);
  expect(status).toBe(exit);
  expect(existsSync(storeFolder(name))).toBe(false);
});

test("--help lists the options", () => {
  const { status, stdout, stderr } = train("--help");
  expect([status, stderr]).toEqual([0, ""]);
  for (const option of [
    "--dataset",
    "--weights",
    "--recipe",
    "--iterations",
    "--resume",
    "--held-out",
    "--seed",
  ]) {
    expect(stdout).toContain(option);
  }
});
