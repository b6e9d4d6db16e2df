/**
 * Finds a Chromium to test with: the one that was named, Playwright's own, the system's, or a fresh
 * one.
 */
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, realpathSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { type Browser, chromium } from "@playwright/test";
import { PlumageError } from "@plumage/models";

/** Names on the PATH, in the order in which they are tried. */
const commandNames = [
  "chromium",
  "chromium-browser",
  "google-chrome-stable",
  "google-chrome",
  "chrome",
  "msedge",
];

/** Where installers put it without a name on the PATH. */
const knownPaths = [
  "/snap/bin/chromium",
  "/opt/google/chrome/chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  "C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe",
];

const installSeconds = 180;

const howToGetOne =
  "run: npx playwright install chromium, or install chromium with your package manager, or set PLUMAGE_CHROMIUM to its path";

/** Whether this is a file that can be started. */
function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * The places to look in, best first. A function of the environment, so that a test can give it
 * another.
 */
export function candidates(environment: NodeJS.ProcessEnv): string[] {
  const folders = (environment.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const onPath = commandNames.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [chromium.executablePath(), ...onPath, ...knownPaths];
}

/**
 * Path of a Chromium that is installed, or nothing.
 *
 * @throws PlumageError "bad-input" if PLUMAGE_CHROMIUM names something that cannot be started
 */
export function installedChromium(
  environment: NodeJS.ProcessEnv = process.env,
): string | undefined {
  const named = environment.PLUMAGE_CHROMIUM;
  if (named) {
    if (!isProgram(named))
      throw new PlumageError("bad-input", `PLUMAGE_CHROMIUM is no program: ${named}`, howToGetOne);
    return named;
  }
  return candidates(environment).find(isProgram);
}

/**
 * Path of a Chromium; where there is none, Playwright is asked to install its own.
 *
 * @param print is told, in one line, that an installation is tried
 * @throws PlumageError "unavailable" that says how to get one
 */
export function findChromium(print: (line: string) => void): string {
  const installed = installedChromium();
  if (installed) return installed;
  print(`no Chromium found; trying: npx playwright install chromium (at most ${installSeconds} s)`);
  const command = createRequire(import.meta.url).resolve("@playwright/test/cli");
  spawnSync(process.execPath, [command, "install", "--no-shell", "--no-progress", "chromium"], {
    stdio: "ignore",
    timeout: installSeconds * 1000,
  });
  const fresh = installedChromium();
  if (fresh) return fresh;
  throw new PlumageError(
    "unavailable",
    "there is no Chromium to test with, and none could be installed",
    howToGetOne,
  );
}

/**
 * The Vulkan driver in software (SwiftShader) that lies beside a Chromium: with it in
 * VK_DRIVER_FILES, WebGPU in Node has an adapter where there is no graphics card.
 */
export function softwareVulkan(executable: string): string | undefined {
  // Debian's command is a script that starts the program in a folder of its own.
  const folders = [
    dirname(realpathSync(executable)),
    "/usr/lib/chromium",
    "/usr/lib/chromium-browser",
  ];
  return folders
    .map((folder) => join(folder, "vk_swiftshader_icd.json"))
    .find((file) => existsSync(file));
}

/**
 * WebGPU for every page; root may not use the sandbox. Playwright itself switches off updates and
 * first-run pages.
 */
const commonFlags = [
  "--enable-unsafe-webgpu",
  ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
];

/**
 * Flags that give a real WebGPU adapter without a graphics card: SwiftShader, also where there is
 * one, so that tests see the same everywhere.
 */
export const chromiumFlags = [...commonFlags, "--use-webgpu-adapter=swiftshader"];

/** Without a screen, Chromium on Linux takes a graphics card by Vulkan alone. */
const cardFlags =
  process.platform === "linux"
    ? [
        "--enable-features=Vulkan",
        "--use-angle=vulkan",
        "--disable-vulkan-surface",
        "--disable-gpu-compositing",
      ]
    : [];

/** What a browser says of its graphics card; nothing where its WebGPU is software or absent. */
async function cardOf(browser: Browser): Promise<string | undefined> {
  const page = await browser.newPage();
  try {
    // WebGPU is for secure pages.
    const home = "https://localhost/";
    await page.route(home, (route) => route.fulfill({ contentType: "text/html", body: "" }));
    await page.goto(home);
    return await page.evaluate(async () => {
      const adapter = await navigator.gpu?.requestAdapter();
      if (!adapter || adapter.info.isFallbackAdapter) return undefined;
      return (
        [adapter.info.vendor, adapter.info.architecture].filter((word) => word !== "").join(" ") ||
        "unnamed"
      );
    });
  } finally {
    await page.close();
  }
}

/**
 * Starts a Chromium whose WebGPU is the graphics card where there is one, else SwiftShader.
 *
 * @returns `card`: its vendor and architecture; undefined where WebGPU is software
 */
export async function launchChromium(
  executablePath: string,
): Promise<{ browser: Browser; card: string | undefined }> {
  const browser = await chromium.launch({
    executablePath,
    args: [...commonFlags, ...cardFlags],
    // Playwright's own, which has SwiftShader come before a card.
    ignoreDefaultArgs: ["--enable-unsafe-swiftshader"],
  });
  const card = await cardOf(browser);
  if (card !== undefined) return { browser, card };
  await browser.close();
  return { browser: await chromium.launch({ executablePath, args: chromiumFlags }), card };
}
