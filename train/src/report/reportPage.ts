/** report.html: the run on a single page without external resources. */

import type { Report } from "@plumage/models";
import type { TrainLogEntry } from "../run/trainLog.ts";
import { drawGrid, type Grid } from "./grid.ts";
import { drawMap, type EmbeddingMap } from "./map.ts";
import { baselineNames, formatFraction, metricColumns, metricRows } from "./metricTable.ts";
import { openSetText } from "./openSet.ts";
import { reliabilityDiagram } from "./reliabilityDiagram.ts";
import { runCharts } from "./runCharts.ts";
import { pageStyle } from "./style.ts";
import { elementText, escapeXml } from "./text.ts";

/**
 * Returns the page.
 *
 * @param grid the retrieval grid, also shown by neighbours.png
 * @param map missing for very few images
 */
export function reportPage(
  report: Report,
  log: readonly TrainLogEntry[],
  grid: Grid,
  map?: EmbeddingMap,
): string {
  const title = `${report.name}: ${report.dataset.title}`;
  const { metrics, baselines, start } = report;
  const names = baselineNames(report);
  const figures = [
    { name: "P@1", value: metrics.precisionAt1 },
    ...(start ? [{ name: names.start, value: start.metrics.precisionAt1 }] : []),
    { name: names.untrained, value: baselines.untrained.precisionAt1 },
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
${figures.map(figure).join("\n")}
</dl>
</header>
<main>
<section><h2>Held-out retrieval</h2>
${metricsTable(report)}
<p class="note">${protocol(report)}${lone(report)}${choice(report)}</p></section>
${openSetSection(report)}<section><h2>Training</h2><div class="charts">
${runCharts(report, log).join("\n")}
</div></section>
<section class="wide"><h2>Retrieval</h2>
<div class="scroll">${drawGrid(grid, elementText)}</div>
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

const figure = ({ name, value }: { name: string; value: number }): string =>
  `<div><dt>${escapeXml(name)}</dt><dd>${formatFraction(value)}</dd></div>`;

function summary({ dataset: { test, train }, iterations }: Report): string {
  const number = (value: number) => value.toLocaleString("en-US");
  return (
    `Trained for ${number(iterations)} iterations on ${number(train.items)} images of ` +
    `${number(train.classes)} classes; evaluated on ${number(test.items)} images of ` +
    `${number(test.classes)} unseen classes.`
  );
}

/** The evaluation protocol. */
function protocol({ dataset: { test } }: Report): string {
  const [queries, items] = [
    test.queries.toLocaleString("en-US"),
    test.items.toLocaleString("en-US"),
  ];
  return test.references === undefined
    ? `Leave-one-out: each of ${queries} held-out images searches all others.`
    : `${queries} queries of the ${items} held-out images search ` +
        `${test.references.toLocaleString("en-US")} references.`;
}

const lone = ({ dataset: { test } }: Report): string =>
  test.loneQueries
    ? ` ${test.loneQueries.toLocaleString("en-US")} images without a match are not queried.`
    : "";

/** How the best checkpoint was chosen. */
function choice({ best, iterations }: Report): string {
  if (!best) return "";
  const which = best.iteration === iterations ? "the last" : `from iteration ${best.iteration}`;
  const measure =
    best.chosenBy === "held-out"
      ? "the held-out classes, which biases its figures: quote the last checkpoint"
      : "the validation classes";
  return ` The best checkpoint is ${which}, with the highest MAP@R on ${measure}.`;
}

function metricsTable(report: Report): string {
  const rows = metricRows(report).map(({ name, metrics }) => {
    const cells = metricColumns.map(({ of }) => `<td>${formatFraction(of(metrics))}</td>`);
    return `<tr><th scope="row">${escapeXml(name)}</th>${cells.join("")}</tr>`;
  });
  const headings = metricColumns.map(({ heading }) => `<th scope="col">${heading}</th>`).join("");
  return [
    `<div class="scroll"><table class="metrics">`,
    `<thead><tr><td></td>${headings}</tr></thead>`,
    `<tbody>${rows.join("\n")}</tbody></table></div>`,
  ].join("\n");
}

/** What scores tell, if the report has it. */
function openSetSection({ openSet, calibration }: Report): string {
  if (!openSet) return "";
  const note =
    "FMR: the fraction of pairs of different classes that a threshold on the score takes for " +
    "matches; FNMR: of pairs of one class that it rejects. AUROC: how well the nearest score " +
    "tells queries with a match from queries without one.";
  const diagram = calibration ? reliabilityDiagram(calibration) : "";
  return [
    `<section><h2>Queries with nothing to find</h2>`,
    `<p>${escapeXml(openSetText(openSet))}</p>`,
    `<div class="single">${diagram}</div>`,
    `<p class="note">${note}</p></section>\n`,
  ].join("\n");
}

const networkText = (architecture: Report["architecture"]): string =>
  architecture.name === "encoder-head"
    ? `head on ${architecture.encoder.source}, frozen`
    : `${architecture.name}, width ${architecture.width}, blocks ${architecture.blocks.join("-")}`;

function facts(report: Report): string {
  const { architecture, recipe, dataset } = report;
  const { name: recipeName, ...numbers } = recipe;
  const rows: [string, string][] = [
    ["Command", `<code>${escapeXml(report.command)}</code>`],
    ["Data set", escapeXml(dataset.description)],
    [
      "Network",
      [
        escapeXml(networkText(architecture)),
        `descriptors ${architecture.descriptors.join("")}`,
        `${architecture.dimension} dimensions`,
        `${architecture.imageSize} pixels`,
      ].join(", "),
    ],
    ["Started from", escapeXml(report.start?.weights ?? "random weights")],
    ["Recipe", `${escapeXml(recipeName)} <code>${escapeXml(JSON.stringify(numbers))}</code>`],
    ["Seed", String(report.seed)],
    ["Device", escapeXml(report.device)],
    ["Started", escapeXml(report.started)],
    ["Duration", `${duration(report.seconds)}, ${report.imagesPerSecond.toFixed(1)} images/s`],
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
