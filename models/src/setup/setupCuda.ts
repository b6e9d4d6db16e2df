/** `npm run setup:cuda`: downloads the libraries for CUDA that the npm registry does not have. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { runCommand } from "../cli/command.ts";
import { PlumageError } from "../errors.ts";
import { repositoryRoot } from "../store/node/paths.ts";
import { packageFolder } from "./packageFolder.ts";

/** The install script of an npm package. */
interface Download {
  /** A dependency of train. */
  readonly package: string;
  /** What the script downloads, and from where. */
  readonly content: string;
  /** Arguments of node, in the package's folder. */
  readonly args: readonly string[];
  /** A file of the package that exists once the script has succeeded. */
  readonly result: string;
}

const downloads: readonly Download[] = [
  {
    package: "onnxruntime-node",
    content: "onnxruntime's CUDA 12 execution provider, from NuGet",
    // Its parser drops the documented =cuda12. The bare flag downloads everything for the platform,
    // which is the same.
    args: ["script/install.js", "--onnxruntime-node-install"],
    result: `bin/napi-v6/${process.platform}/${process.arch}/libonnxruntime_providers_cuda.so`,
  },
  {
    package: "@tensorflow/tfjs-node-gpu",
    content: "libtensorflow 2.9 for CUDA 11.2 and cuDNN 8.1, from storage.googleapis.com",
    args: ["scripts/install.js", "gpu", "download"],
    result: "lib/napi-v8/tfjs_binding.node",
  },
];

const command = {
  usage: "npm run setup:cuda --",
  summary: [
    "Downloads the CUDA libraries that are not on the npm registry:",
    ...downloads.map(({ package: name, content }) => `  ${name}: ${content}`),
    "",
    "npm ci skips them. The GPU driver, and the versions of CUDA and cuDNN named above, must be",
    "installed already.",
  ].join("\n"),
  options: {},
};

await runCommand(command, async ({ signal, print }) => {
  let failures = 0;
  for (const download of downloads) {
    print(`${download.package}: downloading ${download.content}`);
    const problem = await runInstallScript(download, signal);
    print(`${download.package}: ${problem ? `failed: ${problem}` : "done"}`);
    if (problem) failures++;
  }
  if (failures > 0)
    throw new PlumageError(
      "unavailable",
      `${failures} of ${downloads.length} downloads failed`,
      "training still runs on the CPU and on WebGPU",
    );
});

/**
 * Runs the install script of a package.
 *
 * @returns what went wrong, or undefined
 */
async function runInstallScript(
  download: Download,
  signal: AbortSignal,
): Promise<string | undefined> {
  const folder = packageFolder(download.package, join(repositoryRoot(), "train", "package.json"));
  if (!folder) return "the package is not installed; npm ci skips it on this platform";
  // The scripts call node-pre-gyp by name.
  const path = `${join(repositoryRoot(), "node_modules", ".bin")}:${process.env.PATH}`;
  const child = spawn(process.execPath, download.args, {
    cwd: folder,
    env: { ...process.env, PATH: path },
    signal,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject).on("close", resolve);
  });
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (code === 0 && existsSync(join(folder, download.result))) return undefined;
  // The line of an uncaught error, or of node-pre-gyp's complaint.
  const reason = `${stderr}\n${stdout}`
    .split("\n")
    .find((line) => /^\w*Error: |failed with error/.test(line));
  return (
    reason?.replace(/^Error: /, "") ??
    `the script exited with code ${code} and without ${download.result}`
  );
}
