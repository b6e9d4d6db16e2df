import { PlumageError } from "@plumage/models";
import { expect, test, vi } from "vitest";
import {
  type Candidate,
  candidatesAfter,
  chooseCandidate,
  findCandidates,
  type RuntimeOverrides,
} from "./candidates.ts";
import type { Availability, Provider } from "./providers.ts";

const cpu = { detail: "1 thread", variants: ["int8", "fp32"], reason: "it is small" } as const;
const gpu = { detail: "acme", variants: ["fp16", "fp32"], reason: "it is fast" } as const;
const providers = (webgpu: Availability, wasm: Availability = cpu): Provider[] => [
  { name: "webgpu", title: "WebGPU", detect: async () => webgpu },
  { name: "wasm", title: "WebAssembly", detect: async () => wasm },
];
const all = ["fp32", "fp16", "int8"] as const;
const noop = async () => undefined;
const nameOf = ({ provider, variant }: Candidate) => `${provider} ${variant}`;
const checked = (cosine: number, session = "") => ({ session, cosine, minCosine: 0.999 });
const outcomes = ({ attempts }: { attempts: readonly { outcome: string }[] }) =>
  attempts.map(({ outcome }) => outcome);

test("chooses the first candidate that agrees with the goldens and opens no other", async () => {
  const open = vi.fn(async (candidate: Candidate) => checked(0.99999, nameOf(candidate)));
  const candidates = await findCandidates(providers(gpu), {}, all);
  const choice = await chooseCandidate(candidates, open, noop);
  expect(choice).toMatchObject({
    session: "webgpu fp16",
    candidate: { detail: "acme", reason: "it is fast" },
  });
  expect(outcomes(choice)).toEqual(["WebGPU, fp16: acme"]);
  expect(open).toHaveBeenCalledTimes(1);
});

test.each<[RuntimeOverrides, readonly ("fp32" | "fp16" | "int8")[], string[]]>([
  [{}, all, ["webgpu fp16", "webgpu fp32", "wasm int8", "wasm fp32"]],
  [{}, ["fp32"], ["webgpu fp32", "wasm fp32"]],
  [{ provider: "wasm" }, all, ["wasm int8", "wasm fp32"]],
  [{ provider: "wasm" }, ["fp32", "fp16"], ["wasm fp32"]],
  [{ variant: "fp32" }, all, ["webgpu fp32", "wasm fp32"]],
  [{ provider: "wasm", variant: "fp16" }, all, ["wasm fp16"]],
  [{ variant: "int8" }, ["fp32"], []],
])(
  "with overrides %j and variants %j, the candidates are %j",
  async (overrides, shipped, names) => {
    const { candidates } = await findCandidates(providers(gpu), overrides, shipped);
    expect(candidates.map(nameOf)).toEqual(names);
  },
);

test.each([0.9989, Number.NaN])(
  "releases a session with cosine %f and moves on",
  async (cosine) => {
    const release = vi.fn(noop);
    const open = async (candidate: Candidate) =>
      checked(candidate.provider === "webgpu" ? cosine : 1, nameOf(candidate));
    const candidates = await findCandidates(providers(gpu), {}, ["fp32", "int8"]);
    const choice = await chooseCandidate(candidates, open, release);
    expect(nameOf(choice.candidate)).toBe("wasm int8");
    expect(outcomes(choice)).toEqual([
      `WebGPU, fp32: wrong results (cosine ${cosine.toFixed(4)} to the reference embeddings)`,
      "WebAssembly, int8: 1 thread",
    ]);
    expect(release.mock.calls).toEqual([["webgpu fp32"]]);
  },
);

test("records why a provider is unavailable", async () => {
  const candidates = await findCandidates(providers({ obstacle: "no adapter" }), {}, all);
  const choice = await chooseCandidate(candidates, async () => checked(1), noop);
  expect(outcomes(choice)[0]).toBe("WebGPU: no adapter");
});

test("records the first line of an error, and how a provider could run better", async () => {
  const candidates = await findCandidates(
    providers(gpu, { ...cpu, note: "more threads are possible" }),
    {},
    ["int8", "fp16"],
  );
  const open = async ({ provider }: Candidate) => {
    if (provider === "webgpu") throw new Error("device lost\n at somewhere");
    return checked(1);
  };
  expect(outcomes(await chooseCandidate(candidates, open, noop))).toEqual([
    "WebGPU, fp16: device lost",
    "WebAssembly, int8: 1 thread; more threads are possible",
  ]);
});

test("falls back to a stored variant when offline, or reports the download", async () => {
  const offline = new PlumageError("unavailable", "the fp16 model could not be downloaded");
  const open = async ({ variant }: Candidate) => {
    if (variant !== "int8") throw offline;
    return checked(1);
  };
  const candidates = await findCandidates(providers(gpu), {}, all);
  expect(nameOf((await chooseCandidate(candidates, open, noop)).candidate)).toBe("wasm int8");
  const fail = () => Promise.reject(offline);
  await expect(chooseCandidate(candidates, fail, noop)).rejects.toBe(offline);
});

test("a choice that fails later is passed over, with its reason", async () => {
  const open = async (candidate: Candidate) => checked(1, nameOf(candidate));
  const candidates = await findCandidates(providers(gpu), {}, all);
  const first = await chooseCandidate(candidates, open, noop);
  const rest = candidatesAfter(candidates, first, "device lost");
  const second = await chooseCandidate(rest, open, noop);
  expect(second.session).toBe("webgpu fp32");
  expect(outcomes(second)).toEqual(["WebGPU, fp16: device lost", "WebGPU, fp32: acme"]);
});

test("lists everything that was tried when nothing works", async () => {
  const overrides = { provider: "webgpu" } as const;
  const none = await findCandidates(providers({ obstacle: "no adapter" }), overrides, all);
  await expect(chooseCandidate(none, async () => checked(1), noop)).rejects.toMatchObject({
    code: "unsupported",
    message: "the model cannot run in this browser: WebGPU: no adapter",
  });
});
