/** The devices that a training step can run on. */

import { eagerEngine } from "../eager/eagerEngine.ts";
import { hasTensorflow, openTensorflow } from "../eager/tensorflow.ts";
import type { Engine } from "../engine.ts";
import { recordedEngine } from "../recorded/recordedEngine.ts";
import { checkProvider, type Finding, hasCudaProvider, hasGpu, unavailable } from "./detect.ts";
import { probe } from "./probe.ts";

export interface TrainingDevice {
  readonly engine: "tfjs" | "onnxruntime";
  readonly device: "cuda" | "webgpu" | "cpu";
  readonly description: string;
  /** What the project's tests cover. */
  readonly tested: string;
  /** Whether `auto` may choose it. */
  readonly automatic: boolean;
  /** Detects whether the device works here. @param explicit whether the user named this device */
  find(explicit: boolean): Promise<Finding>;
  /** @param threads CPU threads */
  open(threads: number): Promise<Engine>;
}

const setup = "run npm run setup:cuda (needs an NVIDIA driver)";
const cpu = async (): Promise<Finding> => ({ ready: true, device: `CPU (${process.arch})` });

/** In order of preference. */
export const trainingDevices: readonly TrainingDevice[] = [
  {
    engine: "tfjs",
    device: "cuda",
    description: "tfjs-node-gpu, eager",
    tested: "its code on tfjs's cpu backend; the library where installed",
    automatic: true,
    async find() {
      if (!hasTensorflow())
        return unavailable("tfjs-node-gpu's native library is not installed", setup);
      const answer = await probe("tfjs-node-gpu");
      if (!answer.ok) return unavailable(`tfjs-node-gpu does not load (${answer.message})`, setup);
      return answer.gpu
        ? { ready: true, device: "CUDA GPU" }
        : unavailable(
            "tfjs-node-gpu loads but finds no GPU",
            "add CUDA 11.2 and cuDNN 8.1 to the library path (LD_LIBRARY_PATH)",
          );
    },
    open: async () => {
      await openTensorflow();
      return eagerEngine("tensorflow", "tfjs-node-gpu on a CUDA GPU");
    },
  },
  {
    engine: "onnxruntime",
    device: "cuda",
    description: "recorded, onnxruntime's CUDA provider",
    tested: "untested: no CUDA GPU was available",
    automatic: true,
    find: async () =>
      hasCudaProvider()
        ? checkProvider(
            "cuda",
            "CUDA GPU",
            "add CUDA 12 and cuDNN 9 to the library path (LD_LIBRARY_PATH)",
          )
        : unavailable("onnxruntime's CUDA provider is not installed", setup),
    open: async (threads) => recordedEngine(threads, "cuda"),
  },
  {
    engine: "onnxruntime",
    device: "webgpu",
    description: "recorded, onnxruntime's WebGPU provider",
    tested: "a tiny network on SwiftShader; the demo on an NVIDIA H200",
    automatic: true,
    async find(explicit) {
      // A software adapter works, but is a thousand times slower than the CPU itself. Use one only
      // if the user named the device and a driver.
      const allowsSoftware = explicit && process.env.VK_DRIVER_FILES;
      if (!allowsSoftware && !(await hasGpu())) {
        return unavailable(
          "no GPU is visible to this process",
          "pass the GPU through (/dev/dri), or set VK_DRIVER_FILES to a Vulkan driver",
        );
      }
      return checkProvider(
        "webgpu",
        "WebGPU adapter",
        "install the GPU's Vulkan driver and libvulkan1",
      );
    },
    open: async (threads) => recordedEngine(threads, "webgpu"),
  },
  {
    engine: "onnxruntime",
    device: "cpu",
    description: "recorded, onnxruntime's CPU provider",
    tested: "always",
    automatic: true,
    find: cpu,
    open: async (threads) => recordedEngine(threads, "cpu"),
  },
  {
    engine: "tfjs",
    device: "cpu",
    description: "tfjs's cpu backend, eager; slow, a reference",
    tested: "always",
    automatic: false,
    find: cpu,
    open: async () => eagerEngine("cpu", "tfjs's cpu backend"),
  },
];
