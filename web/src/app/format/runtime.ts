/** Descriptions of downloads, the model and the search. */
import type { DownloadProgress, StorageStatus } from "../../engine/files/downloads.ts";
import type { ModelInfo } from "../../engine/inference/loadModel.ts";
import type { ProviderName } from "../../engine/inference/providers.ts";
import type { AnswerTimings } from "../../engine/protocol.ts";
import type { SearchInfo } from "../../engine/search/vectorSearch.ts";
import { formatDuration, formatEstimate, formatMegabytes, plural } from "./numbers.ts";

export const providerTitles: Readonly<Record<ProviderName, string>> = {
  webgpu: "WebGPU",
  wasm: "WebAssembly",
};

/** "12.3 of 139.2 MB, 40 s left". */
export function describeProgress({ received, total, secondsLeft }: DownloadProgress): string {
  const part = `${(received / 1e6).toFixed(1)} of ${formatMegabytes(total)}`;
  return secondsLeft === undefined ? part : `${part}, ${formatEstimate(secondsLeft)} left`;
}

/** "int8, 27.0 MB instead of 106.5 MB: 8-bit integers are the smallest and fastest on a CPU". */
export function describeVariant(variant: ModelInfo["variant"]): string {
  const { name, reason, bytes, fp32Bytes, precisionLoss } = variant;
  if (name === "fp32") return `fp32, ${formatMegabytes(bytes)}: ${reason}`;
  const loss =
    precisionLoss > 0.005 ? `; P@1 is ${precisionLoss.toFixed(2)} percentage points lower` : "";
  const size = `${formatMegabytes(bytes)} instead of ${formatMegabytes(fp32Bytes)}`;
  return `${name}, ${size}: ${reason}${loss}`;
}

/** "cosine 0.999998 to 4 reference embeddings, in 220 ms". */
export function describeGoldens({ checked, cosine }: ModelInfo["goldens"], ms: number): string {
  const count = plural(checked, "reference embedding");
  return `cosine ${cosine.toFixed(6)} to ${count}, in ${formatDuration(ms)}`;
}

/** "4,935 images in 6.2 ms on WebGPU (WebAssembly: 23 ms)". */
export function describeSearch({ by, rows, times, obstacle }: SearchInfo): string {
  const other = by === "webgpu" ? "wasm" : "webgpu";
  const time = times[other];
  const comparison = obstacle ?? (time === undefined ? undefined : formatDuration(time));
  const suffix = comparison === undefined ? "" : ` (${providerTitles[other]}: ${comparison})`;
  const duration = formatDuration(times[by]!);
  return `${plural(rows, "image")} in ${duration} on ${providerTitles[by]}${suffix}`;
}

/** What to expect of an offline visit. */
export function describeStorage(storage: StorageStatus): string {
  if (storage.stored) return "all files are stored on this device";
  if (storage.reason === "unavailable")
    return "not stored: this browser has no storage for this page (private window, or no HTTPS)";
  const { neededBytes, freeBytes } = storage;
  const needed = `not stored: storage is full. ${formatMegabytes(neededBytes)} needed`;
  const advice = "Free up space on this device, then reload";
  // To prevent fingerprinting, Chrome reports 10 GiB free regardless of the disk.
  return freeBytes !== undefined && freeBytes < neededBytes
    ? `${needed}, ${formatMegabytes(Math.max(0, freeBytes))} available. ${advice}`
    : `${needed}. ${advice}; private windows have little storage`;
}

const steps: readonly [keyof AnswerTimings, string][] = [
  ["decode", "decoded in"],
  ["embed", "embedded in"],
  ["search", "searched in"],
  ["roundTrip", "round trip"],
];

/** "decoded in 12 ms, embedded in 80 ms, searched in 2.1 ms". */
export const describeTimings = (timings: AnswerTimings): string =>
  steps
    .flatMap(([step, text]) => {
      const ms = timings[step];
      return ms === undefined ? [] : [`${text} ${formatDuration(ms)}`];
    })
    .join(", ");
