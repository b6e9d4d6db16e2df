import { encodeFloat16, uniform } from "@plumage/models";
import { beforeEach, expect, test, vi } from "vitest";
import { EmbeddingRows } from "./cosines/cosines.ts";
import { VectorSearch } from "./vectorSearch.ts";

const [count, dimension] = [50, 16];
const next = uniform(1);
const rows = new EmbeddingRows(
  encodeFloat16(Float32Array.from({ length: count * dimension }, () => next() - 0.5)),
  dimension,
);
const query = rows.row(7);
const all = () => true;

/** A mock clock that only searches advance. */
let clock = 0;
/** Milliseconds of one search. */
let duration = { wasm: 20, webgpu: 5 };
const gpu = {
  scores: (query: Float32Array): Float32Array => rows.cosines(query).slice(),
  calls: 0,
  isClosed: false,
  async cosines(query: Float32Array) {
    const scores = gpu.scores(query);
    // `scores` computes on the CPU, which has advanced the clock.
    clock += duration.webgpu - duration.wasm;
    gpu.calls++;
    return scores;
  },
  close() {
    gpu.isClosed = true;
  },
};
const openGpu = async () => gpu;

beforeEach(() => {
  clock = 0;
  duration = { wasm: 20, webgpu: 5 };
  Object.assign(gpu, { calls: 0, isClosed: false });
  gpu.scores = (query) => rows.cosines(query).slice();
  vi.restoreAllMocks();
  vi.spyOn(performance, "now").mockImplementation(() => clock);
  const compute = EmbeddingRows.prototype.cosines;
  vi.spyOn(rows, "cosines").mockImplementation((query) => {
    clock += duration.wasm;
    return compute.call(rows, query);
  });
});

test("uses a faster GPU, with the same results", async () => {
  const search = new VectorSearch(rows);
  const onCpu = await search.nearest(query, 5, all);
  const info = await search.chooseProvider(openGpu);
  expect(info).toEqual({
    by: "webgpu",
    rows: count,
    times: { wasm: 20, webgpu: 5 },
    obstacle: undefined,
  });
  const { calls } = gpu;
  expect(await search.nearest(query, 5, all)).toEqual(onCpu);
  expect(onCpu[0]!.index).toBe(7);
  expect(gpu.calls).toBe(calls + 1);
  expect(gpu.isClosed).toBe(false);
});

test("closes a slower GPU", async () => {
  duration.webgpu = 30;
  const search = new VectorSearch(rows);
  expect(await search.chooseProvider(openGpu)).toMatchObject({
    by: "wasm",
    times: { wasm: 20, webgpu: 30 },
    obstacle: undefined,
  });
  expect(gpu.isClosed).toBe(true);
  const { calls } = gpu;
  await search.nearest(query, 5, all);
  expect(gpu.calls).toBe(calls);
});

test("does not try a GPU if there is none, or if the CPU beats a round trip", async () => {
  const search = new VectorSearch(rows);
  expect(await search.chooseProvider()).toMatchObject({ by: "wasm", times: { wasm: 20 } });
  duration.wasm = 3;
  expect(await search.chooseProvider(openGpu)).toMatchObject({ by: "wasm", times: { wasm: 3 } });
  expect(gpu.calls).toBe(0);
});

test.each([
  ["a deviating", (score: number) => score + 1e-3],
  ["a NaN", () => Number.NaN],
])("rejects a GPU with %s score", async (_, change) => {
  gpu.scores = (query) => {
    const scores = rows.cosines(query).slice();
    scores[count - 1] = change(scores[count - 1]!);
    return scores;
  };
  const search = new VectorSearch(rows);
  const info = await search.chooseProvider(openGpu);
  expect(info).toMatchObject({ by: "wasm", obstacle: "wrong scores" });
  expect(gpu.isClosed).toBe(true);
});

test("reports the first line of the error when a GPU cannot be opened", async () => {
  const search = new VectorSearch(rows);
  const failing = () => Promise.reject(new Error("Out of memory\nat some place"));
  expect(await search.chooseProvider(failing)).toMatchObject({
    by: "wasm",
    obstacle: "Out of memory",
  });
});

test("falls back to the CPU for good when the GPU is lost", async () => {
  const search = new VectorSearch(rows);
  await search.chooseProvider(openGpu);
  const lost = vi.spyOn(gpu, "cosines").mockRejectedValue(new Error("device lost"));
  const [best] = await search.nearest(query, 5, all);
  expect(best!.index).toBe(7);
  await search.nearest(query, 5, all);
  expect(lost).toHaveBeenCalledTimes(1);
});
