import { expect, test } from "vitest";
import { addresses, type Event, initial, next, type Query, type State, sameLabel } from "./state.ts";

const picture = (url: string): Query => ({ kind: "picture", name: `${url}.png`, url });
const answer = (...indices: number[]) => ({
  hits: indices.map((index) => ({ index, score: 1 })),
  timings: { search: 1 },
});
const after = (...events: Event[]): State => events.reduce(next, initial);

test("an answer is shown with the query that asked for it", () => {
  const state = after(
    { kind: "asked", ticket: 1, query: picture("a") },
    { kind: "answered", ticket: 1, answer: answer(4) },
  );
  expect(state.shown).toEqual({ query: picture("a"), answer: answer(4) });
  expect(state.pending).toBeUndefined();
});

test("an answer or a failure that was overtaken changes nothing", () => {
  const asked = after(
    { kind: "asked", ticket: 1, query: picture("a") },
    { kind: "asked", ticket: 2, query: picture("b") },
  );
  expect(next(asked, { kind: "answered", ticket: 1, answer: answer(4) })).toBe(asked);
  expect(next(asked, { kind: "failed", ticket: 1, error: "no" })).toBe(asked);
  const cleared = next(asked, { kind: "cleared" });
  expect(next(cleared, { kind: "answered", ticket: 2, answer: answer(4) })).toBe(cleared);
});

test("a failure keeps the last answer on the page, and the next question takes the error away", () => {
  const failed = after(
    { kind: "asked", ticket: 1, query: picture("a") },
    { kind: "answered", ticket: 1, answer: answer(4) },
    { kind: "asked", ticket: 2, query: picture("b") },
    { kind: "failed", ticket: 2, error: "no picture" },
  );
  expect(failed).toMatchObject({ error: "no picture", pending: undefined, shown: { query: picture("a") } });
  expect(next(failed, { kind: "asked", ticket: 3, query: picture("c") }).error).toBeUndefined();
});

test("addresses of pictures that are on the page are kept", () => {
  const state = after(
    { kind: "asked", ticket: 1, query: picture("a") },
    { kind: "answered", ticket: 1, answer: answer(4) },
    { kind: "asked", ticket: 2, query: picture("b") },
  );
  expect([...addresses(state)].sort()).toEqual(["a", "b"]);
  expect([...addresses(next(state, { kind: "answered", ticket: 2, answer: answer() }))]).toEqual(["b"]);
  expect(addresses(next(state, { kind: "cleared" })).size).toBe(0);
});

test("pictures of the query's own label are counted without the query", () => {
  const entries = ["owl", "cat", "owl", "owl", "dog"].map((label, i) => ({
    id: `${i}`,
    label,
    source: undefined,
    thumbnail: [0, 1] as const,
  }));
  const gallery = { title: "", entries, attributions: [], thumbnails: new Blob() };
  expect(sameLabel({ query: { kind: "entry", index: 0 }, answer: answer(2, 1, 4) }, gallery)).toEqual({
    found: 1,
    all: 2,
  });
  expect(sameLabel({ query: { kind: "entry", index: 4 }, answer: answer(2, 1) }, gallery)).toEqual({
    found: 0,
    all: 0,
  });
  expect(sameLabel({ query: picture("a"), answer: answer(2) }, gallery)).toBeUndefined();
});
