import { expect, test } from "vitest";
import {
  describeGoldens,
  describeProgress,
  describeSearch,
  describeStorage,
  describeTimings,
  describeVariant,
} from "./runtime.ts";

test("describes the progress of downloads", () => {
  const progress = { received: 12_340_000, total: 139_200_000 };
  expect(describeProgress({ ...progress, secondsLeft: undefined })).toBe("12.3 of 139.2 MB");
  expect(describeProgress({ ...progress, secondsLeft: 41.3 })).toBe("12.3 of 139.2 MB, 41 s left");
});

test("describes a variant, with its size and loss against fp32", () => {
  const int8 = { name: "int8", reason: "it is small", bytes: 27e6, fp32Bytes: 106.5e6 } as const;
  expect(describeVariant({ ...int8, precisionLoss: 0 })).toBe(
    "int8, 27.0 MB instead of 106.5 MB: it is small",
  );
  expect(describeVariant({ ...int8, precisionLoss: 0.123 })).toBe(
    "int8, 27.0 MB instead of 106.5 MB: it is small; P@1 is 0.12 percentage points lower",
  );
  expect(describeVariant({ ...int8, name: "fp32", bytes: 106.5e6, precisionLoss: 0 })).toBe(
    "fp32, 106.5 MB: it is small",
  );
});

test("describes the golden checks", () => {
  expect(describeGoldens({ checked: 1, cosine: 0.99999812 }, 95)).toBe(
    "cosine 0.999998 to 1 reference embedding, in 95 ms",
  );
  expect(describeGoldens({ checked: 4, cosine: 1 }, 1234)).toBe(
    "cosine 1.000000 to 4 reference embeddings, in 1.2 s",
  );
});

test("describes where the gallery is searched, and the alternative if it was measured", () => {
  const search = { by: "wasm", rows: 4935, times: { wasm: 1.04 }, obstacle: undefined } as const;
  expect(describeSearch(search)).toBe("4,935 images in 1.0 ms on WebAssembly");
  const times = { wasm: 23, webgpu: 6.21 };
  expect(describeSearch({ ...search, by: "webgpu", times })).toBe(
    "4,935 images in 6.2 ms on WebGPU (WebAssembly: 23 ms)",
  );
  expect(describeSearch({ ...search, times: { wasm: 23 }, obstacle: "wrong scores" })).toBe(
    "4,935 images in 23 ms on WebAssembly (WebGPU: wrong scores)",
  );
});

const full = { stored: false, reason: "full" } as const;

test("explains full storage and what to do", () => {
  expect(describeStorage({ ...full, neededBytes: 139_200_000, freeBytes: 4_000_000 })).toBe(
    "not stored: storage is full. 139.2 MB needed, 4.0 MB available. " +
      "Free up space on this device, then reload",
  );
});

test("does not repeat an implausible amount of free storage", () => {
  expect(describeStorage({ ...full, neededBytes: 361_500_000, freeBytes: 10_000_000_000 })).toBe(
    "not stored: storage is full. 361.5 MB needed. " +
      "Free up space on this device, then reload; private windows have little storage",
  );
});

test("leaves out steps that did not run", () => {
  expect(describeTimings({ decode: 12, embed: 80.4, search: 2.14 })).toBe(
    "decoded in 12 ms, embedded in 80 ms, searched in 2.1 ms",
  );
  expect(describeTimings({ search: 1.5 })).toBe("searched in 1.5 ms");
});
