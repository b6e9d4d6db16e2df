/** Finds a Chromium to test with: the one that was named, Playwright's own, the system's, or a fresh one. */
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, realpathSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { chromium } from "@playwright/test";
import { PlumageError } from "@plumage/models";

/** Names on the PATH, in the order in which they are tried. */
const commandNames = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome", "msedge"];

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

/** The places to look in, best first. A function of the environment, so that a test can give it another. */
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
export function installedChromium(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const named = environment.PLUMAGE_CHROMIUM;
  if (named) {
    if (!isProgram(named)) throw new PlumageError("bad-input", `PLUMAGE_CHROMIUM is no program: ${named}`, howToGetOne);
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
  throw new PlumageError("unavailable", "there is no Chromium to test with, and none could be installed", howToGetOne);
}

/**
 * The Vulkan driver in software (SwiftShader) that lies beside a Chromium: with it in VK_DRIVER_FILES, WebGPU in Node has an
 * adapter where there is no graphics card.
 */
export function softwareVulkan(executable: string): string | undefined {
  // Debian's command is a script that starts the program in a folder of its own.
  const folders = [dirname(realpathSync(executable)), "/usr/lib/chromium", "/usr/lib/chromium-browser"];
  return folders.map((folder) => join(folder, "vk_swiftshader_icd.json")).find((file) => existsSync(file));
}

/**
 * Command-line flags. The first two give a real WebGPU adapter with no GPU (SwiftShader, headless); root may not use
 * the sandbox. Playwright itself switches off background networking, updates and first-run pages.
 */
export const chromiumFlags = [
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
];
