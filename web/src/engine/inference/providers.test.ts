import { afterEach, expect, test, vi } from "vitest";
import { providers, threadCount } from "./providers.ts";

const [webgpu, wasm] = providers as [(typeof providers)[number], (typeof providers)[number]];
const stubAdapter = (adapter: object | null) =>
  vi.stubGlobal("navigator", { gpu: { requestAdapter: async () => adapter } });

afterEach(() => vi.unstubAllGlobals());

test.each([
  [["shader-f16"], ["fp16", "fp32"]],
  [[], ["fp32"]],
])("WebGPU with features %j runs the variants %j", async (features, variants) => {
  const info = { vendor: "acme", architecture: "", isFallbackAdapter: false };
  stubAdapter({ info, features: new Set(features) });
  expect(await webgpu.detect(false)).toMatchObject({ detail: "acme", variants });
});

test("WebGPU uses a software adapter only on request", async () => {
  const info = { vendor: "google", architecture: "swiftshader", isFallbackAdapter: true };
  stubAdapter({ info, features: new Set() });
  expect(await webgpu.detect(false)).toEqual({
    obstacle: "software adapter only (google swiftshader)",
  });
  expect(await webgpu.detect(true)).toMatchObject({ detail: "google swiftshader" });
});

test("WebGPU distinguishes a missing adapter from a missing API", async () => {
  stubAdapter(null);
  expect(await webgpu.detect(true)).toEqual({ obstacle: "no adapter" });
  vi.stubGlobal("navigator", {});
  expect(await webgpu.detect(true)).toEqual({ obstacle: "not supported by this browser" });
});

test("WebAssembly says what multithreading requires", async () => {
  vi.stubGlobal("navigator", { hardwareConcurrency: 16 });
  expect(await wasm.detect(false)).toMatchObject({
    detail: "1 thread",
    note: expect.stringContaining("cross-origin isolated"),
  });
});

test("threads require an isolated page, and are limited to four", () => {
  vi.stubGlobal("navigator", { hardwareConcurrency: 16 });
  expect(threadCount()).toBe(1);
  vi.stubGlobal("crossOriginIsolated", true);
  expect(threadCount()).toBe(4);
  vi.stubGlobal("navigator", { hardwareConcurrency: 2 });
  expect(threadCount()).toBe(2);
});
