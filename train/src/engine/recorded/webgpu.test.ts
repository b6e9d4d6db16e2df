import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { test } from "vitest";
import { engineLosses, expectLossesOfCpu } from "../../../test/otherEngine.ts";

/** Finds SwiftShader, a software Vulkan driver that comes with every Chromium. */
async function softwareVulkan(): Promise<string | undefined> {
  const cache = join(homedir(), ".cache", "ms-playwright");
  const playwrights = (await readdir(cache).catch(() => [])).filter((name) =>
    name.startsWith("chromium-"),
  );
  const folders = ["/usr/lib/chromium", "/usr/lib/chromium-browser"].concat(
    playwrights.flatMap((name) =>
      ["chrome-linux", "chrome-linux64"].map((inner) => join(cache, name, inner)),
    ),
  );
  const drivers = folders.map((folder) => join(folder, "vk_swiftshader_icd.json"));
  return process.env.VK_DRIVER_FILES ?? drivers.find((file) => existsSync(file));
}

test.for([
  { steps: 20, microBatch: 4 },
  { steps: 3, microBatch: 2 },
])(
  "training on WebGPU gives the CPU's losses: $steps steps, $microBatch images at a time",
  async (options, context) => {
    const driver = await softwareVulkan();
    if (!driver) return context.skip("no Vulkan driver: install Chromium for its SwiftShader");
    const webgpu = await engineLosses({
      ...options,
      engine: "webgpu",
      environment: { VK_DRIVER_FILES: driver },
    }).catch((error: Error) => error);
    if (webgpu instanceof Error) {
      // Without the loader (libvulkan1) there is no adapter. Any other failure is a bug.
      if (/libvulkan|adapter/.test(webgpu.message))
        return context.skip("no WebGPU adapter: install libvulkan1");
      throw webgpu;
    }
    await expectLossesOfCpu(webgpu, options.steps);
  },
);
