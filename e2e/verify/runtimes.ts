/** The runtimes that `npm run verify` asks, as a table. */
import { installedChromium, softwareVulkan } from "../support/browser/chromium.ts";
import type { Outcome } from "./answer.ts";
import { type BrowserRuntime, openBrowser } from "./browser.ts";
import { runInNode } from "./node.ts";

export interface Runtime {
  /** Where it runs and on which execution provider. */
  readonly name: string;
  run(file: string, halfFloats: boolean): Promise<Outcome>;
}

export interface Runtimes {
  readonly table: readonly Runtime[];
  close(): Promise<void>;
}

const noBrowser = "no Chromium is installed (npx playwright install chromium, or PLUMAGE_CHROMIUM)";

/** @param folder that of the model */
export async function openRuntimes(folder: string, signal: AbortSignal): Promise<Runtimes> {
  const executable = installedChromium();
  const browser = executable ? await openBrowser(folder, executable) : undefined;
  const inNode = (provider: string): Runtime => ({
    name: `node-${provider}`,
    run: (file) => runInNode(folder, file, provider, signal),
  });
  const onWebgpu = async (file: string): Promise<Outcome> => {
    const outcome = await runInNode(folder, file, "webgpu", signal);
    const driver =
      executable && !process.env.VK_DRIVER_FILES ? softwareVulkan(executable) : undefined;
    // No graphics card: the browser's driver in software does as well, as it does in the browser.
    return "absent" in outcome && driver
      ? runInNode(folder, file, "webgpu", signal, { VK_DRIVER_FILES: driver })
      : outcome;
  };
  const inBrowser = (provider: "wasm" | "webgpu"): Runtime => ({
    name: `browser-${provider}`,
    run: (file, halfFloats) => runInBrowser(browser, file, provider, halfFloats),
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

async function runInBrowser(
  browser: BrowserRuntime | undefined,
  file: string,
  provider: "wasm" | "webgpu",
  halfFloats: boolean,
): Promise<Outcome> {
  if (!browser) return { absent: noBrowser };
  const obstacle = await browser.obstacle(provider, halfFloats);
  return obstacle ? { absent: obstacle } : { answer: await browser.run(file, provider) };
}
