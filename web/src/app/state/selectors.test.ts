import { expect, test } from "vitest";
import {
  answerOf,
  entryQuery,
  galleryOf,
  imageQuery,
  searchEvents,
  stateAfter,
} from "../../../test/states.ts";
import { currentQuery, imageUrls, queryLabel, sameLabelCounts } from "./selectors.ts";

test("the current query is the newest one", () => {
  const [a, b] = [imageQuery("a"), imageQuery("b")];
  const answered = searchEvents(1, a, 4);
  const started = { kind: "searchStarted", ticket: 2, query: b } as const;
  const boxed = { ...b, box: { x: 0, y: 0, width: 9, height: 9 } };
  const queued = { kind: "searchQueued", query: boxed } as const;
  expect(currentQuery(stateAfter())).toBeUndefined();
  expect(currentQuery(stateAfter(...answered))).toBe(a);
  expect(currentQuery(stateAfter(...answered, started))).toBe(b);
  expect(currentQuery(stateAfter(...answered, started, queued))).toBe(boxed);
});

test("object URLs are in use while the page can show their images", () => {
  const started = { kind: "searchStarted", ticket: 2, query: imageQuery("b") } as const;
  const events = [...searchEvents(1, imageQuery("a"), 4), started];
  expect([...imageUrls(stateAfter(...events))].sort()).toEqual(["a", "b"]);
  // Recent queries can be shown again.
  const cleared = { kind: "searchCleared" } as const;
  expect([...imageUrls(stateAfter(...events, cleared))]).toEqual(["a"]);
  const many = Array.from({ length: 9 }, (_, i) => searchEvents(i, imageQuery(`${i}`))).flat();
  expect([...imageUrls(stateAfter(...many))]).not.toContain("0");
});

test("counts other images with the query's label", () => {
  const gallery = galleryOf("owl", "cat", "owl", "owl", "dog");
  const counts = (query = entryQuery(0), ...indices: number[]) =>
    sameLabelCounts({ query, target: "device", answer: answerOf(...indices) }, gallery);
  expect(counts(entryQuery(0), 2, 1, 4)).toEqual({ found: 1, total: 2 });
  expect(counts(entryQuery(4), 2, 1)).toEqual({ found: 0, total: 0 });
  expect(counts(imageQuery("a"), 2)).toBeUndefined();
});

test("unlabeled images share no label", () => {
  const gallery = galleryOf("unlabeled", "unlabeled", "owl");
  expect(queryLabel(entryQuery(0), gallery)).toBeUndefined();
  expect(queryLabel(imageQuery("a"), gallery)).toBeUndefined();
  expect(queryLabel(entryQuery(2), gallery)).toBe("owl");
});
