/**
 * report.html: the run on one page, with nothing to load, so that it opens from a disk and can be
 * mailed.
 */

import type { Report } from "@plumage/models";
import type { TrainLogEntry } from "../run/trainLog.ts";
import { lineChart } from "./chart.ts";
import { type Point, smooth } from "./curve.ts";
import { drawGrid, type Grid } from "./grid.ts";
import { drawMap, type EmbeddingMap } from "./map.ts";
import { pageStyle } from "./style.ts";
import { formatFraction, metricColumns, metricRows } from "./table.ts";
import { escapeXml, fontText } from "./text.ts";

/**
 * The page. `grid` is what neighbours.png shows; without a map, as of very few images, there is
 * none on the page.
 */
export function reportPage(
  report: Report,
  log: readonly TrainLogEntry[],
  grid: Grid,
  map?: EmbeddingMap,
): string {
  const title = `${report.name}: ${report.dataset.title}`;
  const { metrics, baselines, start } = report;
  const figures = [
    { name: "P@1", value: metrics.precisionAt1 },
    ...(start ? [{ name: "where it started", value: start.metrics.precisionAt1 }] : []),
    { name: "untrained network", value: baselines.untrained.precisionAt1 },
    { name: "raw pixels", value: baselines.rawPixels.precisionAt1 },
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeXml(title)}</title>
<style>${pageStyle}</style>
</head>
<body>
<header>
<h1>${escapeXml(title)}</h1>
<p>${escapeXml(summary(report))}</p>
<dl class="figures">
${figures.map(({ name, value }) => `<div><dt>${escapeXml(name)}</dt><dd>${formatFraction(value)}</dd></div>`).join("\n")}
</dl>
</header>
<main>
<section><h2>Held-out retrieval</h2>
${metricsTable(report)}
<p class="note">${manner(report)}${lone(report)}${choice(report)}</p></section>
<section><h2>Training</h2><div class="charts">
${charts(report, log).join("\n")}
</div></section>
<section class="wide"><h2>Retrieval</h2>
<div class="scroll">${drawGrid(grid, fontText)}</div>
</section>
${map ? `<section><h2>Embedding map</h2>\n${drawMap(map)}\n</section>` : ""}
<section><h2>The run</h2>
${facts(report)}
</section>
</main>
</body>
</html>
`;
}

function summary({ dataset: { test, train }, iterations }: Report): string {
  const number = (value: number) => value.toLocaleString("en-GB");
  return (
    `Trained for ${number(iterations)} iterations on ${number(train.items)} images of ${number(train.classes)} classes; ` +
    `measured on ${number(test.items)} images of ${number(test.classes)} classes that it has never seen.`
  );
}

/** How it was measured. */
function manner({ dataset: { test } }: Report): string {
  const [queries, items] = [
    test.queries.toLocaleString("en-GB"),
    test.items.toLocaleString("en-GB"),
  ];
  return test.references === undefined
    ? `Leave-one-out: each of ${queries} held-out images is looked for among all the others.`
    : `${queries} queries of the ${items} held-out images are looked for among ${test.references.toLocaleString("en-GB")} references.`;
}

const lone = ({ dataset: { test } }: Report): string =>
  test.loneQueries
    ? ` ${test.loneQueries.toLocaleString("en-GB")} without a partner are not asked.`
    : "";

/** What is to be thought of the best checkpoint's figures. */
function choice({ best, iterations }: Report): string {
  if (!best) return "";
  const which =
    best.iteration === iterations
      ? "The last checkpoint is the best"
      : `The best checkpoint is that of iteration ${best.iteration}`;
  return best.chosenBy === "held-out"
    ? ` ${which} of those evaluated along the way, by MAP@R on the held-out classes themselves: as a choice that flatters, so quote the last.`
    : ` ${which} of those evaluated along the way, by MAP@R on classes taken from the training half.`;
}

function metricsTable(report: Report): string {
  const rows = metricRows(report).map(
    ({ name, metrics }) =>
      `<tr><th scope="row">${escapeXml(name)}</th>${metricColumns.map(({ of }) => `<td>${formatFraction(of(metrics))}</td>`).join("")}</tr>`,
  );
  const headings = metricColumns.map(({ heading }) => `<th scope="col">${heading}</th>`).join("");
  return `<div class="scroll"><table class="metrics"><thead><tr><td></td>${headings}</tr></thead><tbody>${rows.join("\n")}</tbody></table></div>`;
}

/** What the log holds, as charts; a part of the loss that the recipe does not have is left out. */
function charts(report: Report, log: readonly TrainLogEntry[]): string[] {
  const course = (of: (entry: TrainLogEntry) => number): Point[] =>
    log.map((entry) => [entry.iteration, of(entry)]);
  const window = Math.max(1, Math.round(log.length / 50));
  const smoothed = (of: (entry: TrainLogEntry) => number): Point[] => smooth(course(of), window);
  const parts = [
    { name: "loss", of: (entry: TrainLogEntry) => entry.loss },
    { name: "classification", of: (entry: TrainLogEntry) => entry.classification },
    { name: "triplet", of: (entry: TrainLogEntry) => entry.triplet },
    { name: "contrastive", of: (entry: TrainLogEntry) => entry.contrastive },
  ].filter(({ of }) => log.some((entry) => of(entry) !== 0));
  const averaged = window > 1 ? `, mean of ${window} iterations` : "";
  const xLabel = "iteration";
  return [
    lineChart({
      title:
        report.best?.chosenBy === "validation"
          ? "Retrieval on the validation classes"
          : "Held-out retrieval",
      xLabel,
      series: [
        { name: "P@1", points: report.curve.map((each) => [each.iteration, each.precisionAt1]) },
        { name: "MAP@R", points: report.curve.map((each) => [each.iteration, each.mapAtR]) },
      ],
      // The baselines are of the held-out classes.
      references:
        report.best?.chosenBy === "validation"
          ? []
          : [
              { name: "raw pixels, P@1", value: report.baselines.rawPixels.precisionAt1 },
              { name: "untrained, P@1", value: report.baselines.untrained.precisionAt1 },
            ],
    }),
    lineChart({
      title: `Loss and its parts${averaged}`,
      xLabel,
      series: parts.map(({ name, of }) => ({ name, points: smoothed(of) })),
    }),
    lineChart({
      title: "Learning rate",
      xLabel,
      series: [{ name: "rate", points: course((entry) => entry.rate) }],
    }),
    lineChart({
      title: `Classifier's accuracy on the batch${averaged}`,
      xLabel,
      series: [{ name: "accuracy", points: smoothed((entry) => entry.accuracy) }],
    }),
    lineChart({
      title: `Triplets mined in a batch${averaged}`,
      xLabel,
      series: [{ name: "triplets", points: smoothed((entry) => entry.minedTriplets) }],
    }),
  ].filter(Boolean);
}

function facts(report: Report): string {
  const { architecture, recipe, dataset } = report;
  const { name: recipeName, ...numbers } = recipe;
  const rows: [string, string][] = [
    ["Command", `<code>${escapeXml(report.command)}</code>`],
    ["Data set", escapeXml(dataset.description)],
    [
      "Network",
      `${architecture.name}, width ${architecture.width}, blocks ${architecture.blocks.join("-")}, descriptors ${architecture.descriptors.join("")}, ${architecture.dimension} numbers, ${architecture.imageSize} pixels`,
    ],
    ["Started from", escapeXml(report.start?.weights ?? "random weights")],
    ["Recipe", `${escapeXml(recipeName)} <code>${escapeXml(JSON.stringify(numbers))}</code>`],
    ["Seed", String(report.seed)],
    ["Device", escapeXml(report.device)],
    ["Started", escapeXml(report.started)],
    ["Took", `${duration(report.seconds)}, ${report.imagesPerSecond.toFixed(1)} images/s`],
    ["Images", dataset.attributions.map(attribution).join("<br>")],
  ];
  return `<dl class="facts">${rows
    .filter(([, value]) => value)
    .map(([name, value]) => `<dt>${name}</dt><dd>${value}</dd>`)
    .join("\n")}</dl>`;
}

function attribution({
  title,
  author,
  licence,
  licenceUrl,
  url,
}: Report["dataset"]["attributions"][number]): string {
  return `${link(title, url)} by ${escapeXml(author)}, ${link(licence, licenceUrl)}`;
}

const link = (text: string, url: string | undefined): string =>
  url && /^https?:/.test(url)
    ? `<a href="${escapeXml(url)}">${escapeXml(text)}</a>`
    : escapeXml(text);

function duration(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  if (hours) return `${hours} h ${minutes} min`;
  return minutes ? `${minutes} min ${Math.round(seconds % 60)} s` : `${seconds.toFixed(1)} s`;
}
