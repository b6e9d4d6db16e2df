import { expect, test } from "vitest";
import { answerOf, entryQuery, galleryOf, imageQuery } from "../../../../test/states.ts";
import type { Results } from "../../state/state.ts";
import { announcementOf, sampleSummary, summaryOf, titleOf } from "./resultsText.ts";

const gallery = { ...galleryOf("owl", "cat", "owl", "me.jpg"), title: "Birds", folderCount: 1 };
const results = (changes: Partial<Results> = {}): Results => ({
  query: imageQuery("a"),
  target: "device",
  answer: answerOf(2, 1),
  ...changes,
});

test("titles name what was searched", () => {
  expect(titleOf(undefined, "folder")).toBe("From your folder");
  expect(titleOf(results(), "all")).toBe("Most similar in both");
  expect(titleOf(results({ target: "server" }), "all")).toBe("Most similar on the server");
});

test("a sample is described by the gallery's title, or the number of photos", () => {
  expect(sampleSummary(gallery, "gallery")).toMatch(/^Birds\. Choose an image/);
  expect(sampleSummary(gallery, "folder")).toMatch(/^1 photo\. Choose an image/);
});

test("summarizes results with their number and times", () => {
  expect(summaryOf(results(), gallery, "gallery")).toBe("2 of 3 images; searched in 1.0 ms.");
  expect(summaryOf(results(), gallery, "folder")).toBe("2 of 1 image; searched in 1.0 ms.");
});

test("counts other images with the query's label", () => {
  expect(summaryOf(results({ query: entryQuery(0) }), gallery, "all")).toBe(
    "2 of 4 images, with the only other of the same label; searched in 1.0 ms.",
  );
  expect(summaryOf(results({ query: entryQuery(0), answer: answerOf() }), gallery, "all")).toBe(
    "0 of 4 images, without the only other of the same label; searched in 1.0 ms.",
  );
});

test("mentions results that the gallery lacks, and leaves out times of a comparison", () => {
  const server = { ...answerOf(2), missing: 2 };
  expect(summaryOf(results({ answer: server, target: "server" }), gallery, "gallery")).toBe(
    "1 of 3 images; searched in 1.0 ms; 2 results are not in this page's gallery.",
  );
  expect(summaryOf(results({ serverAnswer: server }), gallery, "gallery")).toBe("2 of 3 images.");
});

test("announces the best result, and the agreement with a server", () => {
  const agreement = { shared: new Set([2]), count: 1, cosine: undefined };
  expect(announcementOf(results(), gallery, agreement)).toBe(
    "2 images found. Most similar: owl, similarity 1.000. The nearest image matches.",
  );
  expect(announcementOf(results({ answer: answerOf() }), gallery, undefined)).toBe(
    "No images found.",
  );
});
