/** The runtimes of `npm run verify`, as a table. */
import { installedChromium, softwareVulkan } from "../support/browser/chromium.ts";
import type { Outcome } from "./answer.ts";
import { type BrowserRuntime, openBrowser } from "./browser.ts";
import { runInNode } from "./node.ts";

export interface Runtime {
  /** Where it runs, and on which execution provider: "node-cpu". */
  readonly name: string;
  run(file: string, isFp16: boolean): Promise<Outcome>;
}

export interface Runtimes {
  readonly table: readonly Runtime[];
  close(): Promise<void>;
}

const noBrowser = "no Chromium is installed (npx playwright install chromium, or PLUMAGE_CHROMIUM)";

/** @param folder the model's */
export async function openRuntimes(folder: string, signal: AbortSignal): Promise<Runtimes> {
  const executable = installedChromium();
  const browser = executable ? await openBrowser(folder, executable) : undefined;
  const inNode = (provider: string) => nodeRuntime(folder, provider, signal);
  const onWebgpu = async (file: string): Promise<Outcome> => {
    const outcome = await runInNode(folder, file, "webgpu", signal);
    const driver =
      executable && !process.env.VK_DRIVER_FILES ? softwareVulkan(executable) : undefined;
    // Without a GPU, Chromium's software driver serves Node as it serves the browser.
    return "absent" in outcome && driver
      ? runInNode(folder, file, "webgpu", signal, { VK_DRIVER_FILES: driver })
      : outcome;
  };
  const inBrowser = (provider: "wasm" | "webgpu"): Runtime => ({
    name: `browser-${provider}`,
    run: (file, isFp16) => runInBrowser(browser, file, provider, isFp16),
  });
  return {
    table: [
      inNode("cpu"),
      { name: "node-webgpu", run: onWebgpu },
      inNode("cuda"),
      inBrowser("wasm"),
      inBrowser("webgpu"),
    ],
    close: async () => browser?.close(),
  };
}

/** One of onnxruntime-node's providers. @param folder the model's */
export const nodeRuntime = (folder: string, provider: string, signal: AbortSignal): Runtime => ({
  name: `node-${provider}`,
  run: (file) => runInNode(folder, file, provider, signal),
});

async function runInBrowser(
  browser: BrowserRuntime | undefined,
  file: string,
  provider: "wasm" | "webgpu",
  isFp16: boolean,
): Promise<Outcome> {
  if (!browser) return { absent: noBrowser };
  const obstacle = await browser.obstacle(provider, isFp16);
  return obstacle ? { absent: obstacle } : browser.run(file, provider);
}
