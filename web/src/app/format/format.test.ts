import { PlumageError } from "@plumage/models";
import { expect, test } from "vitest";
import {
  bytes,
  count,
  duration,
  explain,
  explainGoldens,
  explainSearch,
  explainStorage,
  plural,
  remaining,
  timings,
} from "./format.ts";

test.each([
  [0, "0.0 ms"],
  [2.14, "2.1 ms"],
  [9.96, "10 ms"],
  [123.4, "123 ms"],
  [999.6, "1.0 s"],
  [12345, "12.3 s"],
])("%f milliseconds are written %s", (milliseconds, text) => {
  expect(duration(milliseconds)).toBe(text);
});

test("counts and bytes", () => {
  expect(count(4935)).toBe("4,935");
  expect([plural(1, "drawing"), plural(1200, "drawing")]).toEqual(["1 drawing", "1,200 drawings"]);
  const progress = { received: 12_340_000, total: 139_200_000 };
  expect(bytes({ ...progress, secondsLeft: undefined })).toBe("12.3 of 139.2 MB");
  expect(bytes({ ...progress, secondsLeft: 41.3 })).toBe("12.3 of 139.2 MB, 41 s left");
  expect([remaining(0.1), remaining(89), remaining(200)]).toEqual(["1 s", "89 s", "3 min"]);
});

test("storage that is full is explained with what to do", () => {
  expect(
    explainStorage({ kept: false, reason: "full", needed: 139_200_000, free: 4_000_000 }),
  ).toBe(
    "not kept: storage is full. 139.2 MB are needed, 4.0 MB are free for this page. Free some space on this device, then reload",
  );
});

test("room that a browser claims to have, and has not, is not told", () => {
  expect(
    explainStorage({ kept: false, reason: "full", needed: 361_500_000, free: 10_000_000_000 }),
  ).toBe(
    "not kept: storage is full. 361.5 MB are needed. Free some space on this device, then reload; a private window keeps little, however much is free",
  );
});

test("what searches is told with its time, and with the other way's where both were tried", () => {
  const search = { by: "wasm", rows: 4935, times: { wasm: 1.04 }, obstacle: undefined } as const;
  expect(explainSearch(search)).toBe("4,935 images in 1.0 ms, by WebAssembly");
  const both = { wasm: 23, webgpu: 6.21 };
  expect(explainSearch({ ...search, by: "webgpu", times: both })).toBe(
    "4,935 images in 6.2 ms, by WebGPU (WebAssembly: 23 ms)",
  );
  expect(explainSearch({ ...search, times: { wasm: 23 }, obstacle: "wrong scores" })).toBe(
    "4,935 images in 23 ms, by WebAssembly (WebGPU: wrong scores)",
  );
});

test("steps that were not needed are not told", () => {
  expect(timings({ decode: 12, embed: 80.4, search: 2.14 })).toBe(
    "read in 12 ms, embedded in 80 ms, searched in 2.1 ms",
  );
  expect(timings({ search: 1.5 })).toBe("searched in 1.5 ms");
});

test("errors say what is wrong and then what to do", () => {
  expect(explain(new PlumageError("bad-image", "this is no image", "JPEG and PNG work"))).toBe(
    "This is no image. JPEG and PNG work.",
  );
  expect(explain(new PlumageError("bad-image", "this is no image"))).toBe("This is no image.");
  expect(
    explain(new PlumageError("bad-image", "this is no image", "JPEG and PNG work"), "notes.txt"),
  ).toBe("notes.txt: this is no image. JPEG and PNG work.");
  expect(explain(new TypeError("x is undefined"))).toBe("Something went wrong: x is undefined.");
});

test("how well a model gave its goldens", () => {
  expect(explainGoldens({ checked: 1, cosine: 0.99999812 }, 95)).toBe(
    "cosine 0.999998 with 1 known answer, in 95 ms",
  );
  expect(explainGoldens({ checked: 4, cosine: 1 }, 1234)).toBe(
    "cosine 1.000000 with 4 known answers, in 1.2 s",
  );
});
