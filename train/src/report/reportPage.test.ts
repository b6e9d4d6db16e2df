import { expect, it } from "vitest";
import { sampleLog, sampleReport } from "../../test/sampleRun.ts";
import { reportPage } from "./reportPage.ts";

const tile = { image: "data:image/png;base64,AAAA", label: "cat" };
const grid = {
  title: "Emoji",
  groups: [
    {
      heading: "Rows",
      rows: [{ query: tile, neighbors: [{ ...tile, score: 0.5, isMatch: true }] }],
    },
  ],
  credits: ["Images: Noto Emoji (Google Inc, Apache-2.0)."],
};
const map = {
  total: 1,
  points: [{ x: 0.5, y: 0.5, group: 0 }],
  groups: ["cat"],
  otherClasses: 0,
  images: [{ x: 0.5, y: 0.5, image: tile.image }],
};
const page = reportPage(sampleReport(), sampleLog(600), grid, map);

it("loads no script or other resource", () => {
  expect(page).not.toMatch(/<script|<link|<iframe|@import|url\(/i);
  expect(page.match(/\s(src|href)="(?!data:)[^"]*"/g)).toEqual([
    ' href="https://github.com/googlefonts/noto-emoji"',
    ' href="https://www.apache.org/licenses/LICENSE-2.0"',
  ]);
});

it("shows the figures next to the baselines", () => {
  for (const figure of ["0.620", "0.600", "0.289", "0.114", "0.580"])
    expect(page).toContain(`>${figure}<`);
});

it("names the baselines of a head, and draws no chart of what it has not", () => {
  const report = sampleReport();
  const recipe = { ...report.recipe, backbone: "dino" };
  const log = sampleLog(600).map((entry) => ({ ...entry, classification: 0, minedTriplets: 0 }));
  const head = reportPage({ ...report, recipe }, log, grid, map);
  expect(head).toContain("frozen encoder");
  expect(head).toContain("untrained head");
  expect(head).not.toMatch(
    /starting checkpoint|untrained network|Classifier accuracy|triplets per/,
  );
});

it("draws a chart per metric, with the loss terms that the recipe has", () => {
  const titles = [...page.matchAll(/class="chart[^>]*aria-label="([^"]*)"/g)].map(
    (match) => match[1],
  );
  expect(titles).toHaveLength(8);
  expect(page).toContain(">triplet</span>");
  expect(page).not.toContain(">contrastive</span>");
  expect(page).not.toMatch(/NaN|undefined|Infinity/);
});

it("shows what scores tell about queries with nothing to find", () => {
  expect(page).toContain("Open set: FNMR 0.412 at FMR 1e-2 and 0.683 at FMR 1e-3; AUROC 0.671.");
  expect(page).toContain("Confidence of the nearest image: 9,766 searches, ECE 0.014");
  const { openSet, calibration, ...older } = sampleReport();
  expect(openSet && calibration).toBeDefined();
  expect(reportPage(older, [], grid)).not.toContain("nothing to find");
});

it("describes the run, with escaped text", () => {
  expect(page).toContain("npm run train -- --name emoji --note &#39;&#60;b&#62;&#39;");
  expect(page).toContain("A &#38; B");
  expect(page).toContain("3 min 5 s, 31.2 images/s");
});

it("renders without iterations and evaluations", () => {
  const bare = { ...sampleReport(), start: null, curve: [], calibration: undefined };
  const early = reportPage(bare, [], grid);
  expect(early).toContain("random weights");
  expect(early).not.toMatch(/NaN|undefined|Infinity|<figure>/);
});

it("states how the best checkpoint was chosen and how the figures were measured", () => {
  expect(page).toContain("the highest MAP@R on the held-out classes, which biases its figures");
  expect(page).toContain("Leave-one-out: each of 4,880 held-out images searches all others");
  const report = sampleReport();
  const { dataset, best } = report;
  const other = reportPage(
    {
      ...report,
      dataset: { ...dataset, test: { ...dataset.test, references: 300 } },
      best: { ...best!, iteration: 600, chosenBy: "validation" },
    },
    [],
    grid,
  );
  expect(other).toContain(
    "The best checkpoint is the last, with the highest MAP@R on the validation classes",
  );
  expect(other).toContain("4,880 queries of the 4,886 held-out images search 300 references");
  expect(other).toContain("Retrieval on the validation classes");
  expect(other).not.toContain("Embedding map");
});
