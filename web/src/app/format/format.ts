/** Numbers and errors as people read them. */
import { PlumageError } from "@plumage/models";
import type {
  AnswerTimings,
  Progress,
  ProviderName,
  RuntimeInfo,
  SearchInfo,
  Storage,
} from "../../engine/protocol.ts";

export const providerTitles: Readonly<Record<ProviderName, string>> = {
  webgpu: "WebGPU",
  wasm: "WebAssembly",
};

/** Whole numbers with thousands apart. */
export const count = (value: number): string => value.toLocaleString("en-GB");

/** "1 drawing", "2 drawings". */
export const plural = (value: number, noun: string): string =>
  `${count(value)} ${noun}${value === 1 ? "" : "s"}`;

/** Milliseconds, with a decimal where that says something, and seconds from one on. */
export function duration(milliseconds: number): string {
  if (milliseconds >= 999.5) return `${(milliseconds / 1000).toFixed(1)} s`;
  return `${milliseconds < 9.95 ? milliseconds.toFixed(1) : milliseconds.toFixed(0)} ms`;
}

/** A cosine as it stands beside a result. */
export const score = (cosine: number): string => cosine.toFixed(3);

/** "139.2 MB", in decimal megabytes as browsers count downloads. */
export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** "12.3 of 139.2 MB, 40 s left". */
export function bytes({ received, total, secondsLeft }: Progress): string {
  const part = `${(received / 1e6).toFixed(1)} of ${megabytes(total)}`;
  return secondsLeft === undefined ? part : `${part}, ${remaining(secondsLeft)} left`;
}

/** "40 s", "3 min": as exact as a guess should be. */
export const remaining = (seconds: number): string =>
  seconds < 90 ? `${Math.max(1, Math.round(seconds))} s` : `${Math.round(seconds / 60)} min`;

/** "int8, 27.0 MB in place of 106.5: on a processor ... It finds as well as fp32". */
export function explainVariant({
  name,
  because,
  bytes,
  exactBytes,
  pointsLost,
}: RuntimeInfo["variant"]): string {
  if (name === "fp32") return `fp32, ${megabytes(bytes)}: ${because}`;
  const lost =
    pointsLost > 0.005 ? `, at a loss of ${pointsLost.toFixed(2)} points of precision` : "";
  return `${name}, ${megabytes(bytes)} in place of ${(exactBytes / 1e6).toFixed(1)}: ${because}${lost}`;
}

/** "cosine 0.999998 with 4 known answers, in 220 ms". */
export const explainGoldens = ({ checked, cosine }: RuntimeInfo["goldens"], ms: number): string =>
  `cosine ${cosine.toFixed(6)} with ${checked} known answer${checked === 1 ? "" : "s"}, in ${duration(ms)}`;

/** "4,935 images in 1.2 ms, by WebAssembly". */
export function explainSearch({ by, rows, times, obstacle }: SearchInfo): string {
  const other = by === "webgpu" ? "wasm" : "webgpu";
  const beside = obstacle ?? (times[other] === undefined ? undefined : duration(times[other]));
  const aside = beside === undefined ? "" : ` (${providerTitles[other]}: ${beside})`;
  return `${plural(rows, "image")} in ${duration(times[by]!)}, by ${providerTitles[by]}${aside}`;
}

/** What a person can expect of the next visit without a network. */
export function explainStorage(storage: Storage): string {
  if (storage.kept) return "all files are kept on this device";
  if (storage.reason === "none")
    return "not kept: this browser has no storage for it (a private window, or no https)";
  const { needed, free } = storage;
  // Chrome says 10 GiB whatever the disk has, lest a page tell people apart by it.
  const isTold = free !== undefined && free < needed;
  const room = isTold ? `, ${megabytes(Math.max(0, free))} are free for this page` : "";
  const privately = isTold ? "" : "; a private window keeps little, however much is free";
  return `not kept: storage is full. ${megabytes(needed)} are needed${room}. Free some space on this device, then reload${privately}`;
}

const steps: readonly [keyof AnswerTimings, string][] = [
  ["decode", "read in"],
  ["embed", "embedded in"],
  ["search", "searched in"],
  ["roundTrip", "there and back in"],
];

/** "read in 12 ms, embedded in 80 ms, searched in 2.1 ms". */
export const timings = (measured: AnswerTimings): string =>
  steps
    .flatMap(([step, words]) =>
      measured[step] === undefined ? [] : [`${words} ${duration(measured[step])}`],
    )
    .join(", ");

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

/**
 * An error as one line: what is wrong, then what to do. @param subject what it is about, e.g. a
 * file's name
 */
export function explain(error: unknown, subject?: string): string {
  const isOurs = error instanceof PlumageError;
  const message = isOurs
    ? error.message
    : `something went wrong: ${error instanceof Error ? error.message : error}`;
  const first = subject === undefined ? sentence(message) : `${subject}: ${message}.`;
  return isOurs && error.hint ? `${first} ${sentence(error.hint)}` : first;
}
