import { PlumageError } from "@plumage/models";
import { afterEach, expect, test, vi } from "vitest";
import type { Forced } from "../protocol.ts";
import {
  type Candidate,
  choose,
  type Provider,
  providers,
  survey,
  surveyAfter,
  threadCount,
} from "./providers.ts";

const processor = {
  detail: "one thread",
  variants: ["int8", "fp32"],
  because: "it is small",
} as const;
const graphics = { detail: "acme", variants: ["fp16", "fp32"], because: "it has halves" } as const;
type Available = Awaited<ReturnType<Provider["available"]>>;
const table = (webgpu: Available, wasm: Available = processor): Provider[] => [
  { name: "webgpu", title: "WebGPU", available: async () => webgpu },
  { name: "wasm", title: "WebAssembly", available: async () => wasm },
];
const all = ["fp32", "fp16", "int8"] as const;
const nothing = async () => undefined;
const nameOf = ({ provider, variant }: Candidate) => `${provider} ${variant}`;
const opened = (cosine: number, session = "") => ({ session, cosine, least: 0.999 });
const outcomes = ({ attempts }: { attempts: readonly { outcome: string }[] }) =>
  attempts.map(({ outcome }) => outcome);

afterEach(() => vi.unstubAllGlobals());

test("the first candidate that agrees with the goldens is taken, and no other is opened", async () => {
  const open = vi.fn(async (candidate: Candidate) => opened(0.99999, nameOf(candidate)));
  const choice = await choose(await survey(table(graphics), {}, all), open, nothing);
  expect(choice).toMatchObject({
    session: "webgpu fp16",
    candidate: { detail: "acme", because: "it has halves" },
  });
  expect(outcomes(choice)).toEqual(["WebGPU, fp16: acme"]);
  expect(open).toHaveBeenCalledTimes(1);
});

test.each<[Forced, readonly ("fp32" | "fp16" | "int8")[], string[]]>([
  [{}, all, ["webgpu fp16", "webgpu fp32", "wasm int8", "wasm fp32"]],
  [{}, ["fp32"], ["webgpu fp32", "wasm fp32"]],
  [{ provider: "wasm" }, all, ["wasm int8", "wasm fp32"]],
  [{ provider: "wasm" }, ["fp32", "fp16"], ["wasm fp32"]],
  [{ variant: "fp32" }, all, ["webgpu fp32", "wasm fp32"]],
  [{ provider: "wasm", variant: "fp16" }, all, ["wasm fp16"]],
  [{ variant: "int8" }, ["fp32"], []],
])("asked for %j with %j there, these are tried: %j", async (forced, shipped, expected) => {
  const { candidates } = await survey(table(graphics), forced, shipped);
  expect(candidates.map(nameOf)).toEqual(expected);
});

test.each([0.9989, Number.NaN])(
  "one with cosine %f is released and passed over",
  async (cosine) => {
    const release = vi.fn(nothing);
    const open = async (candidate: Candidate) =>
      opened(candidate.provider === "webgpu" ? cosine : 1, nameOf(candidate));
    const choice = await choose(await survey(table(graphics), {}, ["fp32", "int8"]), open, release);
    expect(nameOf(choice.candidate)).toBe("wasm int8");
    expect(outcomes(choice)).toEqual([
      `WebGPU, fp32: wrong results (cosine ${cosine.toFixed(4)} with the known answers)`,
      "WebAssembly, int8: one thread",
    ]);
    expect(release.mock.calls).toEqual([["webgpu fp32"]]);
  },
);

test("a provider that is not there or cannot open gives way, with its reason", async () => {
  const absent = await choose(
    await survey(table({ obstacle: "no adapter" }), {}, all),
    async () => opened(1),
    nothing,
  );
  expect(outcomes(absent)[0]).toBe("WebGPU: no adapter");
  const broken = await choose(
    await survey(table(graphics, { ...processor, remark: "more are possible" }), {}, [
      "int8",
      "fp16",
    ]),
    async ({ provider }) => {
      if (provider === "webgpu") throw new Error("device lost\n at somewhere");
      return opened(1);
    },
    nothing,
  );
  expect(outcomes(broken)).toEqual([
    "WebGPU, fp16: device lost",
    "WebAssembly, int8: one thread; more are possible",
  ]);
});

test("without a network a variant that an earlier visit kept is used in another's place", async () => {
  const gone = new PlumageError("unavailable", "the fp16 model cannot be fetched");
  const open = async ({ variant }: Candidate) => {
    if (variant !== "int8") throw gone;
    return opened(1);
  };
  const possible = await survey(table(graphics), {}, all);
  expect(nameOf((await choose(possible, open, nothing)).candidate)).toBe("wasm int8");
  const never = async () => {
    throw gone;
  };
  await expect(choose(possible, never, nothing)).rejects.toBe(gone);
});

test("a choice that turns out to be a bad one is passed over, with its reason", async () => {
  const open = async (candidate: Candidate) => opened(1, nameOf(candidate));
  const first = await survey(table(graphics), {}, all);
  const choice = await choose(first, open, nothing);
  const again = await choose(surveyAfter(first, choice, "device lost"), open, nothing);
  expect(again.session).toBe("webgpu fp32");
  expect(outcomes(again)).toEqual(["WebGPU, fp16: device lost", "WebGPU, fp32: acme"]);
});

test("where nothing can compute, all that was tried is named", async () => {
  const possible = await survey(table({ obstacle: "no adapter" }), { provider: "webgpu" }, all);
  await expect(choose(possible, async () => opened(1), nothing)).rejects.toMatchObject({
    code: "unsupported",
    message: "the model cannot run in this browser: WebGPU: no adapter",
  });
});

test.each([
  [["shader-f16"], ["fp16", "fp32"]],
  [[], ["fp32"]],
])("WebGPU with the features %j takes %j", async (features, variants) => {
  const info = { vendor: "acme", architecture: "", isFallbackAdapter: false };
  vi.stubGlobal("navigator", {
    gpu: { requestAdapter: async () => ({ info, features: new Set(features) }) },
  });
  expect(await providers[0]!.available(false)).toMatchObject({ variants });
});

test("a software adapter is used only when it is asked for", async () => {
  const info = { vendor: "google", architecture: "swiftshader", isFallbackAdapter: true };
  vi.stubGlobal("navigator", {
    gpu: { requestAdapter: async () => ({ info, features: new Set() }) },
  });
  const webgpu = providers[0]!;
  expect(await webgpu.available(false)).toEqual({
    obstacle: "only in software (google swiftshader)",
  });
  expect(await webgpu.available(true)).toMatchObject({ detail: "google swiftshader" });
});

test("WebGPU without an adapter, or without WebGPU, is told apart", async () => {
  vi.stubGlobal("navigator", { gpu: { requestAdapter: async () => null } });
  expect(await providers[0]!.available(true)).toEqual({ obstacle: "no adapter" });
  vi.stubGlobal("navigator", {});
  expect(await providers[0]!.available(true)).toEqual({ obstacle: "not in this browser" });
});

test("threads need an isolated page", () => {
  vi.stubGlobal("navigator", { hardwareConcurrency: 16 });
  expect(threadCount()).toBe(1);
  vi.stubGlobal("crossOriginIsolated", true);
  expect(threadCount()).toBe(4);
  vi.stubGlobal("navigator", { hardwareConcurrency: 2 });
  expect(threadCount()).toBe(2);
});
