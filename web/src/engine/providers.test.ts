import { afterEach, expect, test, vi } from "vitest";
import type { ProviderName } from "./protocol.ts";
import { type Availability, choose, type Provider, providers, threadCount } from "./providers.ts";

const table = (webgpu: Availability, wasm: Availability = { detail: "one thread" }): Provider[] => [
  { name: "webgpu", title: "WebGPU", available: async () => webgpu },
  { name: "wasm", title: "WebAssembly", available: async () => wasm },
];
const opened = (name: ProviderName, cosine: number) => ({ session: name, cosine });

afterEach(() => vi.unstubAllGlobals());

test("the first provider that agrees with the goldens is taken, and no other is opened", async () => {
  const open = vi.fn(async (name: ProviderName) => opened(name, 0.99999));
  const choice = await choose(table({ detail: "acme" }), undefined, open, async () => undefined);
  expect(choice).toMatchObject({ provider: "webgpu", detail: "acme", session: "webgpu", cosine: 0.99999 });
  expect(choice.attempts).toEqual([{ provider: "webgpu", outcome: "WebGPU: acme" }]);
  expect(open.mock.calls).toEqual([["webgpu"]]);
});

test.each([0.9989, Number.NaN])("a provider with cosine %f is released and passed over", async (cosine) => {
  const release = vi.fn(async () => undefined);
  const open = async (name: ProviderName) => opened(name, name === "webgpu" ? cosine : 1);
  const choice = await choose(table({ detail: "acme" }), undefined, open, release);
  expect(choice.provider).toBe("wasm");
  expect(choice.attempts.map(({ outcome }) => outcome)).toEqual([
    `WebGPU: wrong results (cosine ${cosine.toFixed(4)} with the known answers)`,
    "WebAssembly: one thread",
  ]);
  expect(release.mock.calls).toEqual([["webgpu"]]);
});

test("a provider that is not there or cannot open gives way, with its reason", async () => {
  const absent = await choose(
    table({ obstacle: "no adapter" }),
    undefined,
    async (name) => opened(name, 1),
    async () => undefined,
  );
  expect(absent.attempts[0]).toEqual({ provider: "webgpu", outcome: "WebGPU: no adapter" });
  const broken = await choose(
    table({ detail: "acme" }, { detail: "one thread", remark: "more are possible" }),
    undefined,
    async (name) => {
      if (name === "webgpu") throw new Error("device lost\n at somewhere");
      return opened(name, 1);
    },
    async () => undefined,
  );
  expect(broken.provider).toBe("wasm");
  expect(broken.detail).toBe("one thread");
  expect(broken.attempts.map(({ outcome }) => outcome)).toEqual([
    "WebGPU: device lost",
    "WebAssembly: one thread; more are possible",
  ]);
});

test("a forced provider is this one or none", async () => {
  const never = async () => opened("wasm", 1);
  const nothing = async () => undefined;
  await expect(choose(table({ obstacle: "no adapter" }), "webgpu", never, nothing)).rejects.toMatchObject({
    code: "unsupported",
    message: "the model cannot run in this browser: WebGPU: no adapter",
  });
  expect((await choose(table({ detail: "acme" }), "wasm", never, nothing)).attempts).toHaveLength(1);
});

test("a software adapter is used only when it is asked for", async () => {
  const info = { vendor: "google", architecture: "swiftshader", isFallbackAdapter: true };
  vi.stubGlobal("navigator", { gpu: { requestAdapter: async () => ({ info }) } });
  const webgpu = providers[0]!;
  expect(await webgpu.available(false)).toEqual({ obstacle: "only in software (google swiftshader)" });
  expect(await webgpu.available(true)).toEqual({ detail: "google swiftshader" });
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
