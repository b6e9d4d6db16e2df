import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const program = fileURLToPath(new URL("../../test/engineLosses.ts", import.meta.url));
const steps = 20;

/** SwiftShader, a Vulkan driver in software, comes with every Chromium. */
async function softwareVulkan(): Promise<string | undefined> {
  const cache = join(homedir(), ".cache", "ms-playwright");
  const playwrights = (await readdir(cache).catch(() => [])).filter((name) => name.startsWith("chromium-"));
  const folders = ["/usr/lib/chromium", "/usr/lib/chromium-browser"].concat(
    playwrights.flatMap((name) => ["chrome-linux", "chrome-linux64"].map((inner) => join(cache, name, inner))),
  );
  const drivers = folders.map((folder) => join(folder, "vk_swiftshader_icd.json"));
  return process.env.VK_DRIVER_FILES ?? drivers.find((file) => existsSync(file));
}

async function losses(provider: string, environment: NodeJS.ProcessEnv = {}): Promise<number[]> {
  const words = ["--import", import.meta.resolve("tsx"), program, provider, String(steps)];
  const env = { ...process.env, ...environment };
  const { stdout } = await promisify(execFile)(process.execPath, words, { env });
  return JSON.parse(stdout.trim().split("\n").at(-1)!);
}

test("training on WebGPU gives the CPU's losses", async (context) => {
  const driver = await softwareVulkan();
  if (!driver) return context.skip("no Vulkan driver: install Chromium, whose SwiftShader does");
  const webgpu = await losses("webgpu", { VK_DRIVER_FILES: driver }).catch((error: Error) => error);
  if (webgpu instanceof Error) {
    // Without the loader (libvulkan1) there is no adapter; any other failure is ours.
    if (/libvulkan|adapter/.test(webgpu.message)) return context.skip("no WebGPU adapter: install libvulkan1");
    throw webgpu;
  }
  const cpu = await losses("cpu");
  expect(cpu).toHaveLength(steps);
  for (const [step, loss] of webgpu.entries()) {
    expect(Math.abs(loss / cpu[step]! - 1), `step ${step}`).toBeLessThan(1e-3);
  }
}, 240_000);
