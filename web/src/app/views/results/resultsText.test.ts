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
  expect(titleOf(undefined, gallery, "folder")).toBe("From your folder");
  expect(titleOf(results(), gallery, "all")).toBe("Most similar in both");
  expect(titleOf(results({ target: "server" }), gallery, "all")).toBe("Most similar on the server");
});

const judged = (confidence: number, ...indices: number[]) => ({
  hits: indices.map((index) => ({ index, score: 0.9, confidence })),
  timings: { search: 1 },
});

test("says what the percentages mean", () => {
  const good = results({ answer: judged(0.62, 2, 1) });
  expect(titleOf(good, gallery, "gallery")).toBe("Most similar in the gallery");
  expect(summaryOf(good, gallery, "gallery")).toBe(
    "2 of 3 images; searched in 1.0 ms. The percentages say how likely each is a match.",
  );
  expect(announcementOf(good, gallery, undefined)).toBe(
    "2 images found. Most similar: owl, 62% likely a match.",
  );
});

test("says that a text was too long", () => {
  const answer = { ...answerOf(2, 1), text: { tokens: 91, used: 77 } };
  expect(summaryOf(results({ answer }), gallery, "gallery")).toMatch(
    /\. The text is too long: only 77 of its 91 tokens were used\.$/,
  );
  const short = { ...answer, text: { tokens: 5, used: 5 } };
  expect(summaryOf(results({ answer: short }), gallery, "gallery")).not.toMatch(/too long/);
});

test("says that matches are possible", () => {
  const unsure = results({ answer: judged(0.31, 2, 1) });
  expect(titleOf(unsure, gallery, "all")).toBe("Possible matches in both");
  expect(announcementOf(unsure, gallery, undefined)).toMatch(/^2 images found\. .* 31% likely/);
});

test("says that there is no good match", () => {
  const bad = results({ answer: judged(0.12, 2, 1) });
  expect(titleOf(bad, gallery, "gallery")).toBe("No good match in the gallery");
  expect(titleOf({ ...bad, target: "server" }, gallery, "all")).toBe("No good match on the server");
  expect(summaryOf(bad, gallery, "gallery")).toBe(
    "The nearest image is likely something else: about 1 in 8 such searches finds a match. " +
      "2 of 3 images; searched in 1.0 ms.",
  );
  expect(announcementOf(bad, gallery, undefined)).toBe(
    "No good match. 2 images found. Most similar: owl, 12% likely a match.",
  );
});

test("an image of the gallery that finds its label has a match", () => {
  const entry = results({ query: entryQuery(0), answer: judged(0.12, 1, 2) });
  expect(titleOf(entry, gallery, "gallery")).toBe("Most similar in the gallery");
  const other = results({ query: entryQuery(0), answer: judged(0.12, 1) });
  expect(titleOf(other, gallery, "gallery")).toBe("No good match in the gallery");
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
