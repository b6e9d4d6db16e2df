import { expect, test } from "vitest";
import { parseUrlOptions } from "./urlOptions.ts";

test("reads provider and variant", () => {
  expect(parseUrlOptions("?provider=wasm&variant=fp32")).toEqual({
    overrides: { provider: "wasm", variant: "fp32" },
    errors: [],
  });
  expect(parseUrlOptions("")).toEqual({ overrides: {}, errors: [] });
});

test("ignores an unknown value and says which ones exist", () => {
  expect(parseUrlOptions("?provider=cuda")).toEqual({
    overrides: {},
    errors: ['Unknown provider "cuda" in the URL. Use webgpu or wasm.'],
  });
});
