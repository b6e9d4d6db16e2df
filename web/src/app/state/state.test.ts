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
const image = (url: string): Query => plainQuery({ kind: "image", name: `${url}.png`, url, blob });
const entry = (index: number): Query => plainQuery({ kind: "entry", index });
const answer = (...indices: number[]) => ({
  hits: indices.map((index) => ({ index, score: 1 })),
  timings: { search: 1 },
});
const after = (...events: Event[]): State => events.reduce(next, initial);

test("an answer is shown with the query that asked for it", () => {
  const state = after(
    { kind: "asked", ticket: 1, query: image("a") },
    { kind: "answered", ticket: 1, answers: { answer: answer(4) } },
  );
  expect(state.shown).toEqual({ query: image("a"), where: "device", answer: answer(4) });
  expect(state.pending).toBeUndefined();
});

test("an answer or a failure that was overtaken changes nothing", () => {
  const asked = after(
    { kind: "asked", ticket: 1, query: image("a") },
    { kind: "asked", ticket: 2, query: image("b") },
  );
  expect(next(asked, { kind: "answered", ticket: 1, answers: { answer: answer(4) } })).toBe(asked);
  expect(next(asked, { kind: "failed", ticket: 1, error: "no" })).toBe(asked);
  const cleared = next(asked, { kind: "cleared" });
  expect(next(cleared, { kind: "answered", ticket: 2, answers: { answer: answer(4) } })).toBe(
    cleared,
  );
});

test("a failure keeps the last answer on the page, and the next question takes the error away", () => {
  const failed = after(
    { kind: "asked", ticket: 1, query: image("a") },
    { kind: "answered", ticket: 1, answers: { answer: answer(4) } },
    { kind: "asked", ticket: 2, query: image("b") },
    { kind: "failed", ticket: 2, error: "no image" },
  );
  expect(failed).toMatchObject({
    error: "no image",
    pending: undefined,
    shown: { query: image("a") },
  });
  expect(next(failed, { kind: "asked", ticket: 3, query: image("c") }).error).toBeUndefined();
});

test("addresses of images that are on the page are kept", () => {
  const state = after(
    { kind: "asked", ticket: 1, query: image("a") },
    { kind: "answered", ticket: 1, answers: { answer: answer(4) } },
    { kind: "asked", ticket: 2, query: image("b") },
  );
  expect([...addresses(state)].sort()).toEqual(["a", "b"]);
  // As long as one can go back to them.
  expect([...addresses(next(state, { kind: "cleared" }))]).toEqual(["a"]);
  const many = Array.from({ length: 9 }, (_, i): Event[] => [
    { kind: "asked", ticket: i, query: image(`${i}`) },
    { kind: "answered", ticket: i, answers: { answer: answer() } },
  ]);
  expect([...addresses(after(...many.flat()))]).not.toContain("0");
});

test("recent queries: the latest first, one a subject, as it was last left", () => {
  const boxed = { ...image("a"), box: { x: 0, y: 0, width: 9, height: 9 } };
  const state = after(
    ...[image("a"), entry(4), boxed].flatMap((query, ticket): Event[] => [
      { kind: "asked", ticket, query },
      { kind: "answered", ticket, answers: { answer: answer() } },
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

test("images of the query's own label are counted without the query", () => {
  const entries = ["owl", "cat", "owl", "owl", "dog"].map((label, i) => ({
    id: `${i}`,
    label,
    source: undefined,
    thumbnail: [0, 1] as const,
  }));
  const gallery = { title: "", entries, attributions: [], thumbnails: new Blob(), own: 0 };
  expect(sameLabel({ query: entry(0), where: "device", answer: answer(2, 1, 4) }, gallery)).toEqual(
    {
      found: 1,
      all: 2,
    },
  );
  expect(sameLabel({ query: entry(4), where: "device", answer: answer(2, 1) }, gallery)).toEqual({
    found: 0,
    all: 0,
  });
  expect(
    sameLabel({ query: image("a"), where: "device", answer: answer(2) }, gallery),
  ).toBeUndefined();
});

test("an answer is of those who were asked; without a server the device is", () => {
  const there = { kind: "there", host: "example.org", items: 9 } as const;
  const asked = after(
    { kind: "server", server: there },
    { kind: "where", where: "both" },
    { kind: "asked", ticket: 1, query: image("a") },
    { kind: "where", where: "server" },
  );
  const other = { ...answer(4), strangers: 0 };
  const answered = next(asked, {
    kind: "answered",
    ticket: 1,
    answers: { answer: answer(4), other },
  });
  expect(answered.shown).toMatchObject({ where: "both", other });
  expect(next(answered, { kind: "server", server: { kind: "none", reason: "gone" } }).where).toBe(
    "device",
  );
});

test("a visit without a folder of one's own leaves the gallery as it is, and what is drawn of it", () => {
  const gallery = { title: "", entries: [], attributions: [], thumbnails: new Blob(), own: 0 };
  const state = after(
    { kind: "gallery", gallery },
    { kind: "folder", folder: { about: undefined, entries: [] } },
  );
  expect(state.gallery).toBe(gallery);
});

test("another folder takes what was about the old one's images with it, and nothing else", () => {
  const entries = ["owl", "cat"].map((label) => ({
    id: label,
    label,
    source: undefined,
    thumbnail: [0, 1] as const,
  }));
  const own = (...labels: string[]) => ({
    about: undefined,
    entries: labels.map((label) => ({
      id: `own:${label}`,
      label,
      source: "holiday",
      thumbnail: blob,
    })),
  });
  const state = after(
    {
      kind: "gallery",
      gallery: { title: "", entries, attributions: [], thumbnails: new Blob(), own: 0 },
    },
    { kind: "folder", folder: own("1.jpg", "2.jpg") },
    { kind: "scope", scope: "all" },
    { kind: "asked", ticket: 1, query: entry(3) },
    { kind: "answered", ticket: 1, answers: { answer: answer(0) } },
    { kind: "asked", ticket: 2, query: entry(1) },
    { kind: "answered", ticket: 2, answers: { answer: answer(0) } },
  );
  expect(state.gallery!.entries.map(({ label }) => label)).toEqual([
    "owl",
    "cat",
    "1.jpg",
    "2.jpg",
  ]);
  const changed = next(state, { kind: "folder", folder: own("3.jpg") });
  expect(changed.gallery!.entries.map(({ label }) => label)).toEqual(["owl", "cat", "3.jpg"]);
  expect(changed.recent).toEqual([entry(1)]);
  expect(changed.shown?.query).toEqual(entry(1));
  const found = next(next(changed, { kind: "asked", ticket: 3, query: entry(1) }), {
    kind: "answered",
    ticket: 3,
    answers: { answer: answer(0, 2) },
  });
  expect(next(found, { kind: "folder", folder: own() })).toMatchObject({
    shown: undefined,
    scope: "gallery",
  });
});
