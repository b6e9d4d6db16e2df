/** Detects what this machine offers to train on. */
import { readdir } from "node:fs/promises";
import { hasPackageFile } from "../packageFile.ts";
import { probe } from "./probe.ts";

/** The result of looking for a device: its name, or why it is unavailable and how to fix that. */
export type Finding =
  | { readonly ready: true; readonly device: string }
  | { readonly ready: false; readonly reason: string; readonly remedy: string };

export const unavailable = (reason: string, remedy: string): Finding => ({
  ready: false,
  reason,
  remedy,
});

/** Whether onnxruntime's provider finds a device and computes correctly on it. */
export async function checkProvider(
  provider: "cuda" | "webgpu",
  device: string,
  remedy: string,
): Promise<Finding> {
  const answer = await probe(provider);
  return answer.ok
    ? { ready: true, device }
    : unavailable(`onnxruntime finds no ${device} (${answer.message})`, remedy);
}

/** Checks for a file, so that a machine without CUDA does not wait for a library to load. */
export function hasCudaProvider(): boolean {
  const library =
    process.platform === "win32"
      ? "onnxruntime_providers_cuda.dll"
      : "libonnxruntime_providers_cuda.so";
  const folder = ["bin", "napi-v6", process.platform, process.arch];
  return hasPackageFile("onnxruntime-node", ...folder, library);
}

/** Linux lists GPUs as device files. Other systems that run Node are assumed to have a GPU. */
export async function hasGpu(): Promise<boolean> {
  if (process.platform !== "linux") return true;
  const [render, devices] = await Promise.all(
    ["/dev/dri", "/dev"].map((folder) => readdir(folder).catch(() => [])),
  );
  return (
    render!.some((name) => name.startsWith("renderD")) ||
    devices!.some((name) => /^nvidia\d/.test(name))
  );
}
