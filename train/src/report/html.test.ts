import { expect, it } from "vitest";
import { reportPage } from "./html.ts";
import { sampleLog, sampleReport } from "./sampleRun.ts";

const tile = { picture: "data:image/png;base64,AAAA", label: "cat" };
const grid = {
  title: "Emoji",
  groups: [{ heading: "Rows", rows: [{ query: tile, found: [{ ...tile, score: 0.5, right: true }] }] }],
  credits: ["Pictures: Noto Emoji (Google Inc, Apache-2.0)."],
};
const page = reportPage(sampleReport(), sampleLog(600), grid);

it("loads nothing: no script, no resource of another address", () => {
  expect(page).not.toMatch(/<script|<link|<iframe|@import|url\(/i);
  expect(page.match(/\s(src|href)="(?!data:)[^"]*"/g)).toEqual([
    ' href="https://github.com/googlefonts/noto-emoji"',
    ' href="https://www.apache.org/licenses/LICENSE-2.0"',
  ]);
});

it("shows the figures beside the baselines", () => {
  for (const figure of ["0.620", "0.600", "0.289", "0.114", "0.580"]) expect(page).toContain(`>${figure}<`);
});

it("draws each curve there is, and leaves out the part of the loss there is not", () => {
  const titles = [...page.matchAll(/class="chart"[^>]*aria-label="([^"]*)"/g)].map((match) => match[1]);
  expect(titles).toHaveLength(5);
  expect(page).toContain(">triplet</span>");
  expect(page).not.toContain(">contrastive</span>");
  expect(page).not.toMatch(/NaN|undefined|Infinity/);
});

it("says what was run, with its text escaped", () => {
  expect(page).toContain("npm run train -- --name emoji --note &#39;&#60;b&#62;&#39;");
  expect(page).toContain("A &#38; B");
  expect(page).toContain("3 min 5 s, 31.2 images/s");
});

it("opens before the first iteration and evaluation", () => {
  const early = reportPage({ ...sampleReport(), start: null, curve: [] }, [], grid);
  expect(early).toContain("random weights");
  expect(early).not.toMatch(/NaN|undefined|Infinity|<figure>/);
});
