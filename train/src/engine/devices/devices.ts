/** The devices that a training step can run on, as one table; and which of them a run takes. */
import { readdir } from "node:fs/promises";
import { PlumageError } from "@plumage/models";
import { eagerEngine } from "../eager/eagerEngine.ts";
import { hasTensorflow, openTensorflow } from "../eager/tensorflow.ts";
import type { Engine } from "../engine.ts";
import { hasPackageFile } from "../packageFile.ts";
import { recordedEngine } from "../recorded/recordedEngine.ts";
import { probe } from "./probe.ts";

/** What was found out about a device: ready, with its name, or why not and what to do about it. */
export type Finding =
  | { readonly ready: true; readonly device: string }
  | { readonly ready: false; readonly reason: string; readonly remedy: string };

export interface TrainingDevice {
  readonly engine: "tfjs" | "onnxruntime";
  readonly device: "cuda" | "webgpu" | "cpu";
  readonly description: string;
  /** How the project's own tests hold it. */
  readonly tested: string;
  /** Whether `auto` takes it when it is ready. */
  readonly automatic: boolean;
  /** @param explicit whether a person asked for this very device */
  find(explicit: boolean): Promise<Finding>;
  open(threads: number): Promise<Engine>;
}

const setup = "npm run setup:cuda fetches the CUDA libraries; a CUDA driver must be there";

/** In order of preference. */
export const trainingDevices: readonly TrainingDevice[] = [
  {
    engine: "tfjs",
    device: "cuda",
    description: "tfjs-node-gpu, eager",
    tested: "the same code on tfjs's cpu backend; the library without a GPU where it is installed",
    automatic: true,
    async find() {
      if (!hasTensorflow()) {
        return {
          ready: false,
          reason: "tfjs-node-gpu's native library is not installed",
          remedy: setup,
        };
      }
      const answer = await probe("tfjs-node-gpu");
      if (!answer.ok) {
        return {
          ready: false,
          reason: `tfjs-node-gpu does not load (${answer.message})`,
          remedy: setup,
        };
      }
      if (answer.gpu) return { ready: true, device: "a CUDA GPU" };
      return {
        ready: false,
        reason: "tfjs-node-gpu loads but sees no GPU",
        remedy: "it needs CUDA 11.2 and cuDNN 8.1 on the library path (LD_LIBRARY_PATH)",
      };
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
    tested: "untested: no CUDA GPU was at hand",
    automatic: true,
    async find() {
      if (!hasCudaProvider()) {
        return {
          ready: false,
          reason: "onnxruntime's CUDA provider is not installed",
          remedy: setup,
        };
      }
      return providerFinding(
        "cuda",
        "a CUDA GPU",
        "it needs CUDA 12 and cuDNN 9 on the library path (LD_LIBRARY_PATH)",
      );
    },
    open: async (threads) => recordedEngine(threads, "cuda"),
  },
  {
    engine: "onnxruntime",
    device: "webgpu",
    description: "recorded, onnxruntime's WebGPU provider",
    tested: "a tiny network on SwiftShader; the demo on an NVIDIA H200",
    automatic: true,
    async find(explicit) {
      // A software adapter works, a thousand times slower than the processor itself: only who asks
      // for it gets it.
      const softwareWillDo = explicit && process.env.VK_DRIVER_FILES;
      if (!softwareWillDo && !(await hasGraphicsDevice())) {
        return {
          ready: false,
          reason: "no GPU is visible to this process",
          remedy: "pass the GPU through (/dev/dri), or name a Vulkan driver in VK_DRIVER_FILES",
        };
      }
      return providerFinding(
        "webgpu",
        "a WebGPU adapter",
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
    find: async () => ({ ready: true, device: `the processor (${process.arch})` }),
    open: async (threads) => recordedEngine(threads, "cpu"),
  },
  {
    engine: "tfjs",
    device: "cpu",
    description: "tfjs's cpu backend, eager; slow, for comparing",
    tested: "always",
    automatic: false,
    find: async () => ({ ready: true, device: `the processor (${process.arch})` }),
    open: async () => eagerEngine("cpu", "tfjs's cpu backend"),
  },
];

async function providerFinding(
  provider: "cuda" | "webgpu",
  device: string,
  remedy: string,
): Promise<Finding> {
  const answer = await probe(provider);
  if (answer.ok) return { ready: true, device };
  return { ready: false, reason: `onnxruntime finds none (${answer.message})`, remedy };
}

export interface DeviceWishes {
  readonly engine: "auto" | TrainingDevice["engine"];
  readonly device: "auto" | TrainingDevice["device"];
}

export interface Choice {
  readonly chosen: TrainingDevice;
  /** One line: what was taken, and why not what comes before it. */
  readonly why: string;
}

/**
 * The first device of the table that fits the wishes and is ready.
 *
 * @throws PlumageError "unavailable" with each fitting device's reason, and what to do, if none is
 */
export async function chooseDevice(
  wishes: DeviceWishes,
  table: readonly TrainingDevice[] = trainingDevices,
): Promise<Choice> {
  const fits = table.filter(
    ({ engine, device, automatic }) =>
      (wishes.engine === "auto" || wishes.engine === engine) &&
      (wishes.device === "auto" || wishes.device === device) &&
      (automatic || (wishes.engine !== "auto" && wishes.device !== "auto")),
  );
  if (fits.length === 0) {
    throw new PlumageError(
      "bad-input",
      `there is no engine ${wishes.engine} for the device ${wishes.device}`,
      "npm run train -- --list-devices shows what there is",
    );
  }
  const passedOver: string[] = [];
  let remedy = "";
  for (const candidate of fits) {
    const finding = await candidate.find(wishes.device !== "auto");
    if (finding.ready) {
      const rest = passedOver.length > 0 ? `; ${passedOver.join("; ")}` : "";
      return {
        chosen: candidate,
        why: `device: ${finding.device}, ${candidate.description}${rest}`,
      };
    }
    passedOver.push(`not ${candidate.device} by ${candidate.engine}: ${finding.reason}`);
    remedy ||= finding.remedy;
  }
  throw new PlumageError("unavailable", passedOver.join("; "), remedy);
}

/** The table as `--list-devices` prints it. */
export async function deviceLines(
  table: readonly TrainingDevice[] = trainingDevices,
): Promise<string[]> {
  const lines = [columns("--device", "--engine", "what runs the step", "tested")];
  for (const entry of table) {
    const finding = await entry.find(true);
    lines.push(columns(entry.device, entry.engine, entry.description, entry.tested));
    lines.push(
      finding.ready
        ? `  ready: ${finding.device}`
        : `  not here: ${finding.reason} - ${finding.remedy}`,
    );
  }
  return lines;
}

const columns = (device: string, engine: string, description: string, tested: string): string =>
  `${device.padEnd(9)} ${engine.padEnd(12)} ${description.padEnd(48)} ${tested}`;

/** Cheap to ask, so that a machine without CUDA does not wait for a library to load. */
function hasCudaProvider(): boolean {
  const library =
    process.platform === "win32"
      ? "onnxruntime_providers_cuda.dll"
      : "libonnxruntime_providers_cuda.so";
  return hasPackageFile(
    "onnxruntime-node",
    "bin",
    "napi-v6",
    process.platform,
    process.arch,
    library,
  );
}

/** Linux shows GPUs as device files; elsewhere a machine that runs Node has one. */
async function hasGraphicsDevice(): Promise<boolean> {
  if (process.platform !== "linux") return true;
  const [render, devices] = await Promise.all(
    ["/dev/dri", "/dev"].map((folder) => readdir(folder).catch(() => [])),
  );
  return (
    render!.some((name) => name.startsWith("renderD")) ||
    devices!.some((name) => /^nvidia\d/.test(name))
  );
}
