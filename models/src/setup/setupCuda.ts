/**
 * `npm run setup:cuda`: fetches, on purpose, what the CUDA engines need and the npm registry does
 * not carry.
 */
import { spawn } from "node:child_process";
import { access } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { runCommand } from "../cli/command.ts";
import { PlumageError } from "../errors.ts";
import { repositoryRoot } from "../store/node/paths.ts";
import { packageFolder } from "./packageFolder.ts";

interface Download {
  readonly package: string;
  /** What a person gets by it. */
  readonly gives: string;
  /** Words for node, run in the package's folder. */
  readonly words: readonly string[];
  /** A file of the package that is there once it has worked. */
  readonly proof: string;
}

const downloads: readonly Download[] = [
  {
    package: "onnxruntime-node",
    gives: "onnxruntime's CUDA 12 execution provider, from NuGet",
    // Its documented =cuda12 is dropped by its parser; the bare flag takes all that the platform
    // has, which is the same.
    words: ["script/install.js", "--onnxruntime-node-install"],
    proof: `bin/napi-v6/${process.platform}/${process.arch}/libonnxruntime_providers_cuda.so`,
  },
  {
    package: "@tensorflow/tfjs-node-gpu",
    gives: "libtensorflow 2.9 for CUDA 11.2 and cuDNN 8.1, from storage.googleapis.com",
    words: ["scripts/install.js", "gpu", "download"],
    proof: "lib/napi-v8/tfjs_binding.node",
  },
];

const command = {
  usage: "npm run setup:cuda --",
  summary: [
    "Fetches the CUDA libraries that are not on the npm registry:",
    ...downloads.map(({ package: name, gives }) => `  ${name}: ${gives}`),
    "",
    "`npm ci` leaves them out. The driver, and the CUDA and cuDNN versions named, must be on the machine already.",
  ].join("\n"),
  options: {},
};

await runCommand(command, async ({ signal, print }) => {
  let failures = 0;
  for (const download of downloads) {
    print(`${download.package}: fetching ${download.gives}`);
    const problem = await fetchLibraries(download, signal);
    print(`${download.package}: ${problem ? `failed: ${problem}` : "done"}`);
    if (problem) failures++;
  }
  if (failures > 0)
    throw new PlumageError(
      "unavailable",
      `${failures} of ${downloads.length} downloads failed`,
      "training goes on without them, on the CPU or on WebGPU",
    );
});

/** Runs a package's own install script. Returns what went wrong, or undefined. */
async function fetchLibraries(
  download: Download,
  signal: AbortSignal,
): Promise<string | undefined> {
  // Both are dependencies of train.
  const folder = packageFolder(download.package, join(repositoryRoot(), "train", "package.json"));
  if (!folder)
    return "the package is not installed (npm ci leaves an optional package out if it does not fit)";
  // The scripts call node-pre-gyp by name.
  const path = `${join(repositoryRoot(), "node_modules", ".bin")}:${process.env.PATH}`;
  const child = spawn(process.execPath, download.words, {
    cwd: folder,
    env: { ...process.env, PATH: path },
    signal,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject).on("close", resolve);
  });
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  const there = await access(join(folder, download.proof)).then(
    () => true,
    () => false,
  );
  if (code === 0 && there) return undefined;
  // The line of an uncaught error, or of node-pre-gyp's complaint.
  const reason = `${stderr}\n${stdout}`
    .split("\n")
    .find((line) => /^\w*Error: |failed with error/.test(line));
  return (
    reason?.replace(/^Error: /, "") ??
    `the script ended with exit code ${code} and without ${download.proof}`
  );
}
