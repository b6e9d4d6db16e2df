import { expect, test } from "vitest";
import type { Finding } from "./detect.ts";
import { chooseDevice, deviceLines } from "./devices.ts";
import type { TrainingDevice } from "./table.ts";

const ready: Finding = { ready: true, device: "one" };
const missing = (reason: string): Finding => ({ ready: false, reason, remedy: `fix ${reason}` });

const entry = (
  engine: TrainingDevice["engine"],
  device: TrainingDevice["device"],
  finding: Finding,
) =>
  ({
    engine,
    device,
    description: `${engine} on ${device}`,
    tested: "here",
    automatic: !(engine === "tfjs" && device === "cpu"),
    find: async () => finding,
    open: () => Promise.reject(new Error("not opened in this test")),
  }) satisfies TrainingDevice;

const table = [
  entry("tfjs", "cuda", missing("binding")),
  entry("onnxruntime", "cuda", missing("provider")),
  entry("onnxruntime", "webgpu", ready),
  entry("onnxruntime", "cpu", ready),
  entry("tfjs", "cpu", ready),
];

test("auto chooses the first available device and says what it skipped", async () => {
  const { device, message } = await chooseDevice({ engine: "auto", device: "auto" }, table);
  expect(device).toBe(table[2]);
  expect(message).toBe(
    "device: one, onnxruntime on webgpu; no cuda with tfjs: binding; " +
      "no cuda with onnxruntime: provider",
  );
});

test.each([
  ["auto", "cpu", 3],
  ["tfjs", "cpu", 4],
  ["onnxruntime", "auto", 2],
  ["onnxruntime", "webgpu", 2],
] as const)("honors engine %s and device %s", async (engine, device, index) => {
  expect((await chooseDevice({ engine, device }, table)).device).toBe(table[index]);
});

test("never chooses the slow reference automatically", async () => {
  await expect(chooseDevice({ engine: "tfjs", device: "auto" }, table)).rejects.toMatchObject({
    code: "unavailable",
    message: "no cuda with tfjs: binding",
  });
});

test("an unavailable device fails with every reason and the first remedy", async () => {
  await expect(chooseDevice({ engine: "auto", device: "cuda" }, table)).rejects.toMatchObject({
    code: "unavailable",
    message: "no cuda with tfjs: binding; no cuda with onnxruntime: provider",
    hint: "fix binding",
  });
  await expect(chooseDevice({ engine: "tfjs", device: "webgpu" }, table)).rejects.toMatchObject({
    code: "bad-input",
  });
});

test("deviceLines shows every entry, with the reason if it is unavailable", async () => {
  const lines = await deviceLines(table);
  expect(lines).toHaveLength(1 + 2 * table.length);
  expect(lines.filter((line) => line.startsWith("  ready: one"))).toHaveLength(3);
  expect(lines).toContain("  unavailable: binding; fix binding");
});

test("the CPU is always available", async () => {
  expect((await chooseDevice({ engine: "onnxruntime", device: "cpu" })).device.device).toBe("cpu");
});
