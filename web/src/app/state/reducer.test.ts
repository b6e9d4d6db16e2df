import { expect, test } from "vitest";
import {
  answerOf,
  entryQuery,
  folderOf,
  galleryOf,
  imageQuery,
  searchEvents,
  stateAfter,
} from "../../../test/states.ts";
import { reduce } from "./reducer.ts";

test("an answer becomes the result of the query that started it", () => {
  const state = stateAfter(...searchEvents(1, imageQuery("a"), 4));
  expect(state.results).toEqual({
    query: imageQuery("a"),
    target: "device",
    answer: answerOf(4),
  });
  expect(state.pending).toBeUndefined();
});

test("ignores the answer and the failure of a search that was replaced", () => {
  const replaced = stateAfter(
    { kind: "searchStarted", ticket: 1, query: imageQuery("a") },
    { kind: "searchStarted", ticket: 2, query: imageQuery("b") },
  );
  const answers = { answer: answerOf(4) };
  expect(reduce(replaced, { kind: "searchAnswered", ticket: 1, answers })).toBe(replaced);
  expect(reduce(replaced, { kind: "searchFailed", ticket: 1, error: "no" })).toBe(replaced);
  const cleared = reduce(replaced, { kind: "searchCleared" });
  expect(reduce(cleared, { kind: "searchAnswered", ticket: 2, answers })).toBe(cleared);
});

test("a failure keeps the previous results, and the next search clears the error", () => {
  const failed = stateAfter(
    ...searchEvents(1, imageQuery("a"), 4),
    { kind: "searchStarted", ticket: 2, query: imageQuery("b") },
    { kind: "searchFailed", ticket: 2, error: "not an image" },
  );
  expect(failed).toMatchObject({
    error: "not an image",
    pending: undefined,
    results: { query: imageQuery("a") },
  });
  const next = reduce(failed, { kind: "searchStarted", ticket: 3, query: imageQuery("c") });
  expect(next.error).toBeUndefined();
});

test("starting or clearing a search empties the queue", () => {
  const queued = stateAfter(
    { kind: "searchStarted", ticket: 1, query: imageQuery("a") },
    { kind: "searchQueued", query: { ...imageQuery("a"), more: [1] } },
  );
  expect(queued.queued?.more).toEqual([1]);
  const started = reduce(queued, { kind: "searchStarted", ticket: 2, query: imageQuery("b") });
  expect(started.queued).toBeUndefined();
  expect(reduce(queued, { kind: "searchCleared" }).queued).toBeUndefined();
});

test("recent queries are the latest first, one per input, as last refined", () => {
  const boxed = { ...imageQuery("a"), box: { x: 0, y: 0, width: 9, height: 9 } };
  const queries = [imageQuery("a"), entryQuery(4), boxed];
  const state = stateAfter(...queries.flatMap((query, ticket) => searchEvents(ticket, query)));
  expect(state.recent).toEqual([boxed, entryQuery(4)]);
});

test("results keep the target that they were searched with", () => {
  const serverAnswer = { ...answerOf(4), missing: 0 };
  const state = stateAfter(
    { kind: "serverChanged", server: { kind: "connected", host: "example.org", items: 9 } },
    { kind: "targetChanged", target: "both" },
    { kind: "searchStarted", ticket: 1, query: imageQuery("a") },
    { kind: "targetChanged", target: "server" },
    { kind: "searchAnswered", ticket: 1, answers: { answer: answerOf(4), serverAnswer } },
  );
  expect(state.results).toMatchObject({ target: "both", serverAnswer });
});

test("searches the device when the server becomes unavailable", () => {
  const state = stateAfter(
    { kind: "serverChanged", server: { kind: "connected", host: "example.org", items: 9 } },
    { kind: "targetChanged", target: "both" },
    { kind: "serverChanged", server: { kind: "unavailable", reason: "gone" } },
  );
  expect(state.target).toBe("device");
});

test("embedding that ends early can be resumed", () => {
  const progress = { done: 3, total: 9, rate: undefined, secondsLeft: undefined };
  const ended = { kind: "folderEnded", error: undefined } as const;
  const stopped = stateAfter({ kind: "folderProgressed", progress }, ended);
  expect(stopped.folder).toMatchObject({ progress: undefined, canResume: true });
  const done = stateAfter({ kind: "folderProgressed", progress: { ...progress, done: 9 } }, ended);
  expect(done.folder.canResume).toBe(false);
});

test("keeps the gallery object when there is no folder", () => {
  const gallery = galleryOf();
  const state = stateAfter(
    { kind: "galleryLoaded", gallery },
    { kind: "folderChanged", folder: folderOf() },
  );
  expect(state.gallery).toBe(gallery);
});

test("replacing a folder drops whatever refers to its images, and nothing else", () => {
  const state = stateAfter(
    { kind: "galleryLoaded", gallery: galleryOf("owl", "cat") },
    { kind: "folderChanged", folder: folderOf("1.jpg", "2.jpg") },
    { kind: "scopeChanged", scope: "all" },
    ...searchEvents(1, entryQuery(3), 0),
    ...searchEvents(2, entryQuery(1), 0),
  );
  const labels = ({ gallery } = state) => gallery!.entries.map(({ label }) => label);
  expect(labels()).toEqual(["owl", "cat", "1.jpg", "2.jpg"]);
  const changed = reduce(state, { kind: "folderChanged", folder: folderOf("3.jpg") });
  expect(labels(changed)).toEqual(["owl", "cat", "3.jpg"]);
  expect(changed.recent).toEqual([entryQuery(1)]);
  expect(changed.results?.query).toEqual(entryQuery(1));
});

test("deleting a folder drops results with its images and searches the gallery", () => {
  const state = stateAfter(
    { kind: "galleryLoaded", gallery: galleryOf("owl", "cat") },
    { kind: "folderChanged", folder: folderOf("1.jpg") },
    { kind: "scopeChanged", scope: "all" },
    ...searchEvents(1, entryQuery(1), 0, 2),
    { kind: "folderChanged", folder: folderOf() },
  );
  expect(state).toMatchObject({ results: undefined, scope: "gallery" });
});
