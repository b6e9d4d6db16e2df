import { encodeFloat16, uniform } from "@plumage/models";
import { beforeEach, expect, test, vi } from "vitest";
import { EmbeddingRows } from "./cosines/cosines.ts";
import { RowSearch } from "./vectorSearch.ts";

const [count, dimension] = [50, 16];
const next = uniform(1);
const rows = new EmbeddingRows(
  encodeFloat16(Float32Array.from({ length: count * dimension }, () => next() - 0.5)),
  dimension,
);
const query = rows.row(7);
const all = () => true;

/** A clock that searches move: milliseconds of one on the processor, and of one on the card. */
let clock = 0;
let spent = { wasm: 20, webgpu: 5 };
const card = {
  answers: (query: Float32Array): Float32Array => rows.cosines(query).slice(),
  asked: 0,
  isClosed: false,
  async cosines(query: Float32Array) {
    const scores = card.answers(query);
    // What `answers` took of the processor is not the card's.
    clock += spent.webgpu - spent.wasm;
    card.asked++;
    return scores;
  },
  close() {
    card.isClosed = true;
  },
};
const open = async () => card;

beforeEach(() => {
  clock = 0;
  spent = { wasm: 20, webgpu: 5 };
  Object.assign(card, { asked: 0, isClosed: false });
  card.answers = (query) => rows.cosines(query).slice();
  vi.restoreAllMocks();
  vi.spyOn(performance, "now").mockImplementation(() => clock);
  const compute = EmbeddingRows.prototype.cosines;
  vi.spyOn(rows, "cosines").mockImplementation((query) => {
    clock += spent.wasm;
    return compute.call(rows, query);
  });
});

test("a card that is quicker searches, and finds the same", async () => {
  const search = new RowSearch(rows);
  const before = await search.best(query, 5, all);
  const info = await search.choose(open);
  expect(info).toEqual({
    by: "webgpu",
    rows: count,
    times: { wasm: 20, webgpu: 5 },
    obstacle: undefined,
  });
  const { asked } = card;
  expect(await search.best(query, 5, all)).toEqual(before);
  expect(before[0]!.index).toBe(7);
  expect(card.asked).toBe(asked + 1);
  expect(card.isClosed).toBe(false);
});

test("a card that is slower is let go", async () => {
  spent.webgpu = 30;
  const search = new RowSearch(rows);
  expect(await search.choose(open)).toMatchObject({
    by: "wasm",
    times: { wasm: 20, webgpu: 30 },
    obstacle: undefined,
  });
  expect(card.isClosed).toBe(true);
  const { asked } = card;
  await search.best(query, 5, all);
  expect(card.asked).toBe(asked);
});

test("where the processor takes less than the way to a card, or no card is trusted, none is asked", async () => {
  const search = new RowSearch(rows);
  expect(await search.choose()).toMatchObject({ by: "wasm", times: { wasm: 20 } });
  spent.wasm = 3;
  expect(await search.choose(open)).toMatchObject({ by: "wasm", times: { wasm: 3 } });
  expect(card.asked).toBe(0);
});

test.each(["a number off", "no number"])(
  "a card with %s in its scores is not used",
  async (what) => {
    card.answers = (query) => {
      const scores = rows.cosines(query).slice();
      scores[count - 1] = what === "no number" ? Number.NaN : scores[count - 1]! + 1e-3;
      return scores;
    };
    const search = new RowSearch(rows);
    expect(await search.choose(open)).toMatchObject({ by: "wasm", obstacle: "wrong scores" });
    expect(card.isClosed).toBe(true);
  },
);

test("a card that cannot be opened is an obstacle, in one line", async () => {
  const failing = async () => {
    throw new Error("Out of memory\nat some place");
  };
  expect(await new RowSearch(rows).choose(failing)).toMatchObject({
    by: "wasm",
    obstacle: "Out of memory",
  });
});

test("a card that is lost gives way to the processor, for good", async () => {
  const search = new RowSearch(rows);
  await search.choose(open);
  const lost = vi.spyOn(card, "cosines").mockRejectedValue(new Error("device lost"));
  const [best] = await search.best(query, 5, all);
  expect(best!.index).toBe(7);
  await search.best(query, 5, all);
  expect(lost).toHaveBeenCalledTimes(1);
});
