/**
 * Finds a Chromium: that of PLUMAGE_CHROMIUM, Playwright's own, the system's, or a fresh install.
 */
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, realpathSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { type Browser, chromium } from "@playwright/test";
import { PlumageError } from "@plumage/models";

/** Command names, in the order in which they are tried on the PATH. */
const commandNames = [
  "chromium",
  "chromium-browser",
  "google-chrome-stable",
  "google-chrome",
  "chrome",
  "msedge",
];

/** Where installers put a browser that is not on the PATH. */
const knownPaths = [
  "/snap/bin/chromium",
  "/opt/google/chrome/chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  "C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe",
];

const installSeconds = 180;

const installHint =
  "run: npx playwright install chromium, or install chromium with your package manager, " +
  "or set PLUMAGE_CHROMIUM to its path";

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Paths to try, best first. */
export function candidates(env: NodeJS.ProcessEnv): string[] {
  const folders = (env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const onPath = commandNames.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [chromium.executablePath(), ...onPath, ...knownPaths];
}

/**
 * Path of an installed Chromium, if there is one.
 *
 * @throws PlumageError "bad-input" if PLUMAGE_CHROMIUM is not an executable
 */
export function installedChromium(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const named = env.PLUMAGE_CHROMIUM;
  if (!named) return candidates(env).find(isExecutable);
  if (isExecutable(named)) return named;
  const message = `PLUMAGE_CHROMIUM is not an executable: ${named}`;
  throw new PlumageError("bad-input", message, installHint);
}

/**
 * Path of a Chromium. Installs Playwright's own if there is none.
 *
 * @param print gets one line before an installation
 * @throws PlumageError "unavailable" with a hint on how to install one
 */
export function findChromium(print: (line: string) => void): string {
  const installed = installedChromium();
  if (installed) return installed;
  print(
    `no Chromium found; running: npx playwright install chromium (${installSeconds} s at most)`,
  );
  const command = createRequire(import.meta.url).resolve("@playwright/test/cli");
  spawnSync(process.execPath, [command, "install", "--no-shell", "--no-progress", "chromium"], {
    stdio: "ignore",
    timeout: installSeconds * 1000,
  });
  const fresh = installedChromium();
  if (fresh) return fresh;
  const message = "no Chromium found, and installing one failed";
  throw new PlumageError("unavailable", message, installHint);
}

/**
 * SwiftShader, the software Vulkan driver that ships with Chromium. In VK_DRIVER_FILES it gives
 * WebGPU in Node an adapter on machines without a GPU.
 */
export function softwareVulkan(executable: string): string | undefined {
  // Debian's command is a script; the browser is in a folder of its own.
  const folders = [
    dirname(realpathSync(executable)),
    "/usr/lib/chromium",
    "/usr/lib/chromium-browser",
  ];
  return folders
    .map((folder) => join(folder, "vk_swiftshader_icd.json"))
    .find((file) => existsSync(file));
}

/** WebGPU on every page. The sandbox does not start as root. */
const commonFlags = [
  "--enable-unsafe-webgpu",
  ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
];

/** WebGPU on SwiftShader, with a GPU or without: tests see the same adapter everywhere. */
export const chromiumFlags = [...commonFlags, "--use-webgpu-adapter=swiftshader"];

/** A headless Chromium on Linux reaches a GPU through Vulkan only. */
const gpuFlags =
  process.platform === "linux"
    ? [
        "--enable-features=Vulkan",
        "--use-angle=vulkan",
        "--disable-vulkan-surface",
        "--disable-gpu-compositing",
      ]
    : [];

/** Vendor and architecture of a browser's GPU; undefined if its WebGPU is software or absent. */
async function gpuOf(browser: Browser): Promise<string | undefined> {
  const page = await browser.newPage();
  try {
    // WebGPU needs a secure context.
    const home = "https://localhost/";
    await page.route(home, (route) => route.fulfill({ contentType: "text/html", body: "" }));
    await page.goto(home);
    return await page.evaluate(async () => {
      const adapter = await navigator.gpu?.requestAdapter();
      if (!adapter || adapter.info.isFallbackAdapter) return undefined;
      const { vendor, architecture } = adapter.info;
      return [vendor, architecture].filter(Boolean).join(" ") || "unnamed";
    });
  } finally {
    await page.close();
  }
}

/**
 * Starts a Chromium whose WebGPU runs on the GPU, or on SwiftShader if there is none.
 *
 * @returns `gpu`: vendor and architecture; undefined if WebGPU is software
 */
export async function launchChromium(
  executablePath: string,
): Promise<{ browser: Browser; gpu: string | undefined }> {
  const browser = await chromium.launch({
    executablePath,
    args: [...commonFlags, ...gpuFlags],
    // Playwright's default flag prefers SwiftShader to a GPU.
    ignoreDefaultArgs: ["--enable-unsafe-swiftshader"],
  });
  const gpu = await gpuOf(browser);
  if (gpu !== undefined) return { browser, gpu };
  await browser.close();
  return { browser: await chromium.launch({ executablePath, args: chromiumFlags }), gpu };
}
