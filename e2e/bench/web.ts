/** `npm run bench -- web`: the page's size, its start from the cache, and its search. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, Page } from "@playwright/test";
import { progress, runCommand } from "@plumage/models/cli";
import { modelNameOption, readManifest, storeFolder } from "@plumage/models/node";
import type {} from "@plumage/web/debugHandle";
import { findChromium, launchChromium } from "../support/browser/chromium.ts";
import { openPage } from "../support/browser/openPage.ts";
import { heldOutGallery } from "../support/heldOut.ts";
import { median } from "../support/median.ts";
import { pageFolder, stepsFor } from "../support/pipeline/steps.ts";
import { run } from "../support/processes.ts";
import { serveFolder } from "../support/servers/staticServer.ts";
import { count, json } from "./options.ts";
// The types of what the page defines on `window`.
import type {} from "./page/page.ts";
import { compressedBytes } from "./pageBytes.ts";

const startMinutes = 5;
const embeddingsFile = "embeddings.f32.bin";
/** Images that search for their ten nearest. */
const recallQueries = 500;

const command = {
  usage: "npm run bench -- web",
  summary:
    "Builds a model's page and measures it in Chromium: its compressed size (without model,\n" +
    "gallery and runtime), the time from opening it with everything cached to the first\n" +
    "result, a search over many embeddings compared with a plain loop over float32, and the\n" +
    "recall@10 of the half floats of its gallery.",
  options: {
    name: modelNameOption,
    rows: { description: "embeddings to search", value: "N", schema: count.default(100_000) },
    dimension: {
      description: "dimension of an embedding",
      value: "N",
      schema: count.default(1536),
    },
    runs: { description: "how often each time is measured", value: "N", schema: count.default(7) },
    json,
  },
};

await runCommand(command, async ({ options, signal, print }) => {
  const executablePath = findChromium((line) => process.stderr.write(`${line}\n`));
  const build = stepsFor(options.name).at(-1)!;
  await run(build.name, build.program, signal, 2);
  const folder = pageFolder(options.name);
  const pageBytes = await compressedBytes(folder);
  const { browser, gpu } = await launchChromium(executablePath);
  if (!gpu) process.stderr.write("no GPU: the search on WebGPU was not measured\n");
  try {
    const cachedStart = median(await startTimes(browser, folder, options.runs));
    const { rows: embeddings, dimension, runs } = options;
    const recall = await heldOutRecall(browser, options.name);
    const times = await searchTimes(browser, embeddings, dimension, runs, gpu !== undefined);
    const [ours, peer] = [median(times.wasm), median(times.plain)];
    const webgpu = times.webgpu && median(times.webgpu);
    const size = { embeddings, dimension };
    const rows = [
      { what: "search", ...size, ours, peer, ratio: peer / ours },
      ...(webgpu
        ? [
            {
              ...{ what: "searchOnWebgpu", card: gpu, ...size },
              ...{ ours: webgpu, peer, ratio: peer / webgpu },
            },
          ]
        : []),
      { what: "cachedStart", ours: cachedStart },
      { what: "pageBytes", ours: pageBytes },
      { what: "recallAt10", ours: recall },
    ];
    if (options.json) return print(JSON.stringify({ rows }));
    print(`page: ${(pageBytes / 1000).toFixed(0)} kB, without model, gallery and runtime`);
    print(`cached start to first result: ${cachedStart.toFixed(0)} ms`);
    print(`recall@10 among the held-out images, compared with float32: ${recall.toFixed(4)}`);
    print(
      `search over ${embeddings} x ${dimension}: ${ours.toFixed(0)} ms; ` +
        `a plain loop over float32: ${peer.toFixed(0)} ms`,
    );
    if (webgpu) print(`the same search on WebGPU (${gpu}): ${webgpu.toFixed(1)} ms`);
  } finally {
    await browser.close();
  }
});

/** Milliseconds from opening the page to its first answer, after a visit that filled the cache. */
async function startTimes(browser: Browser, folder: string, runs: number): Promise<number[]> {
  const site = await serveFolder(folder);
  const context = await browser.newContext();
  try {
    const bar = progress("starting", runs + 1, "visits");
    const times: number[] = [];
    for (let visit = 0; visit <= runs; visit++) {
      const page = await context.newPage();
      page.setDefaultTimeout(startMinutes * 60_000);
      await page.goto(site.url);
      // The first visit reloads itself to become isolated.
      await page.waitForFunction(
        () => crossOriginIsolated && window.plumage?.ready.then(() => true),
      );
      const time = await page.evaluate(async () => {
        await window.plumage.ready;
        const canvas = new OffscreenCanvas(200, 150);
        canvas.getContext("2d")!.fillRect(20, 30, 100, 80);
        await window.plumage.query(await canvas.convertToBlob(), 12);
        // Since the page started to load.
        return performance.now();
      });
      if (visit > 0) times.push(time);
      bar.advance(1);
      await page.close();
    }
    bar.finish();
    return times;
  } finally {
    await context.close();
    await site.close();
  }
}

/** recall@10 of the page's search among the model's held-out images, compared with float32. */
async function heldOutRecall(browser: Browser, name: string): Promise<number> {
  const folder = storeFolder(name);
  const manifest = await readManifest(folder);
  const { embeddings } = await heldOutGallery(folder, manifest, Number.POSITIVE_INFINITY);
  return onBenchPage(browser, async (page, served) => {
    await writeFile(join(served, embeddingsFile), embeddings);
    const args = [embeddingsFile, manifest.dimension, recallQueries] as const;
    return page.evaluate((args) => window.recall(...args), args);
  });
}

function searchTimes(
  browser: Browser,
  rows: number,
  dimension: number,
  runs: number,
  onGpu: boolean,
) {
  const args = [rows, dimension, runs, onGpu] as const;
  return onBenchPage(browser, (page) => page.evaluate((args) => window.timeSearch(...args), args));
}

/** @param use gets the page and the folder that it is served from */
async function onBenchPage<T>(
  browser: Browser,
  use: (page: Page, folder: string) => Promise<T>,
): Promise<T> {
  const source = new URL("./page/", import.meta.url);
  const { page, folder, close } = await openPage(browser, source, "timeSearch");
  try {
    return await use(page, folder);
  } finally {
    await close();
  }
}
