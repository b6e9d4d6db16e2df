import { expect, test } from "vitest";
import { chooseDevice, deviceLines, type Finding, type TrainingDevice } from "./devices.ts";

const ready: Finding = { ready: true, device: "one" };
const missing = (reason: string): Finding => ({ ready: false, reason, remedy: `mend ${reason}` });

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

test("auto takes the first that is ready, and says what it passed over", async () => {
  const { chosen, why } = await chooseDevice({ engine: "auto", device: "auto" }, table);
  expect(chosen).toBe(table[2]);
  expect(why).toBe(
    "device: one, onnxruntime on webgpu; not cuda by tfjs: binding; not cuda by onnxruntime: provider",
  );
});

test.each([
  ["auto", "cpu", 3],
  ["tfjs", "cpu", 4],
  ["onnxruntime", "auto", 2],
  ["onnxruntime", "webgpu", 2],
] as const)("engine %s, device %s", async (engine, device, index) => {
  expect((await chooseDevice({ engine, device }, table)).chosen).toBe(table[index]);
});

test("the slow reference is never taken unasked", async () => {
  await expect(chooseDevice({ engine: "tfjs", device: "auto" }, table)).rejects.toMatchObject({
    code: "unavailable",
    message: "not cuda by tfjs: binding",
  });
});

test("a device that was asked for and is not there fails with every reason and the first remedy", async () => {
  await expect(chooseDevice({ engine: "auto", device: "cuda" }, table)).rejects.toMatchObject({
    code: "unavailable",
    message: "not cuda by tfjs: binding; not cuda by onnxruntime: provider",
    hint: "mend binding",
  });
  await expect(chooseDevice({ engine: "tfjs", device: "webgpu" }, table)).rejects.toMatchObject({
    code: "bad-input",
  });
});

test("the list shows every entry, ready or why not", async () => {
  const lines = await deviceLines(table);
  expect(lines).toHaveLength(1 + 2 * table.length);
  expect(lines.filter((line) => line.startsWith("  ready: one"))).toHaveLength(3);
  expect(lines).toContain("  not here: binding - mend binding");
});

test("the processor is always there", async () => {
  expect((await chooseDevice({ engine: "onnxruntime", device: "cpu" })).chosen.device).toBe("cpu");
});
