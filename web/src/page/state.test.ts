import { expect, test } from "vitest";
import {
  addresses,
  type Event,
  initial,
  next,
  plainQuery,
  type Query,
  type State,
  sameLabel,
  withExample,
} from "./state.ts";

const blob = new Blob();
const picture = (url: string): Query => plainQuery({ kind: "picture", name: `${url}.png`, url, blob });
const entry = (index: number): Query => plainQuery({ kind: "entry", index });
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
  // As long as one can go back to them.
  expect([...addresses(next(state, { kind: "cleared" }))]).toEqual(["a"]);
  const many = Array.from({ length: 9 }, (_, i): Event[] => [
    { kind: "asked", ticket: i, query: picture(`${i}`) },
    { kind: "answered", ticket: i, answer: answer() },
  ]);
  expect([...addresses(after(...many.flat()))]).not.toContain("0");
});

test("recent queries: the latest first, one a subject, as it was last left", () => {
  const boxed = { ...picture("a"), box: { x: 0, y: 0, width: 9, height: 9 } };
  const state = after(
    ...[picture("a"), entry(4), boxed].flatMap((query, ticket): Event[] => [
      { kind: "asked", ticket, query },
      { kind: "answered", ticket, answer: answer() },
    ]),
  );
  expect(state.recent).toEqual([boxed, entry(4)]);
});

test("an example is for or against, and taken back by choosing it again", () => {
  const liked = withExample(entry(0), 5, "more");
  expect(liked).toEqual({ ...entry(0), more: [5] });
  expect(withExample(liked, 5, "less")).toEqual({ ...entry(0), less: [5] });
  expect(withExample(liked, 5, "more")).toEqual(entry(0));
});

test("pictures of the query's own label are counted without the query", () => {
  const entries = ["owl", "cat", "owl", "owl", "dog"].map((label, i) => ({
    id: `${i}`,
    label,
    source: undefined,
    thumbnail: [0, 1] as const,
  }));
  const gallery = { title: "", entries, attributions: [], thumbnails: new Blob() };
  expect(sameLabel({ query: entry(0), answer: answer(2, 1, 4) }, gallery)).toEqual({
    found: 1,
    all: 2,
  });
  expect(sameLabel({ query: entry(4), answer: answer(2, 1) }, gallery)).toEqual({
    found: 0,
    all: 0,
  });
  expect(sameLabel({ query: picture("a"), answer: answer(2) }, gallery)).toBeUndefined();
});
