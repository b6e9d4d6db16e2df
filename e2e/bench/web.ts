/**
 * `npm run bench -- web`: the page's bytes, its start from the cache, and its search over a large
 * gallery, in Chromium.
 */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Browser, Page } from "@playwright/test";
import { progress, runCommand } from "@plumage/models/cli";
import { readManifest, storeFolder, storeNameSchema } from "@plumage/models/node";
import type {} from "@plumage/web/debugHandle";
import { z } from "zod";
import { findChromium, launchChromium } from "../support/browser/chromium.ts";
import { openPage } from "../support/browser/openPage.ts";
import { heldOutGallery } from "../support/heldOut.ts";
import { median } from "../support/median.ts";
import { pageFolder, stepsFor } from "../support/pipeline/steps.ts";
import { run, stderr } from "../support/processes.ts";
import { serveFolder } from "../support/servers/staticServer.ts";
// The types of what the pages offer on `window`.
import type {} from "./page/page.ts";

const count = z.coerce.number().int("use a whole number").positive("use a number above 0");
const startMinutes = 5;
const embeddingsFile = "embeddings.f32.bin";
/** Images that look for their ten nearest. */
const recallQueries = 500;

const command = {
  usage: "npm run bench -- web",
  summary:
    "Builds the page of a packed model and measures it in Chromium: its compressed bytes (without model, gallery and runtime),\n" +
    "the time from opening it with everything cached to its first result, a search over many embeddings, beside the same search\n" +
    "as a plain loop over float32, and how many of the ten nearest the half floats of its gallery find.",
  options: {
    name: {
      description: "name of the model",
      value: "NAME",
      schema: storeNameSchema.default("emoji"),
    },
    rows: { description: "embeddings to search", value: "N", schema: count.default(100_000) },
    dimension: { description: "numbers in an embedding", value: "N", schema: count.default(1536) },
    runs: {
      description: "times that each thing is measured",
      value: "N",
      schema: count.default(7),
    },
    json: { description: "print the figures as JSON", schema: z.boolean().default(false) },
  },
};

await runCommand(command, async ({ options, signal, print }) => {
  const executablePath = findChromium(print);
  const building = stepsFor(options.name).at(-1)!;
  await run(building.name, building.program, signal, stderr);
  const folder = pageFolder(options.name);
  const bytes = await compressedBytes(folder);
  const { browser, card } = await launchChromium(executablePath);
  if (!card) process.stderr.write("no graphics card: the search on WebGPU was not measured\n");
  try {
    const firstResult = await startTimes(browser, folder, options.runs);
    const { rows, dimension, runs } = options;
    const recall = await heldOutRecall(browser, options.name);
    const search = await searchTimes(browser, rows, dimension, runs, card !== undefined);
    const [ours, peer] = [median(search.wasm), median(search.plain)];
    const webgpu = search.webgpu && median(search.webgpu);
    const result = {
      rows: [
        { what: "search", embeddings: rows, dimension, ours, peer, ratio: peer / ours },
        ...(webgpu
          ? [
              {
                what: "searchOnWebgpu",
                card,
                embeddings: rows,
                dimension,
                ours: webgpu,
                peer,
                ratio: peer / webgpu,
              },
            ]
          : []),
        { what: "cachedStart", ours: median(firstResult) },
        { what: "pageBytes", ours: bytes },
        { what: "recallAt10", ours: recall },
      ],
    };
    if (options.json) return print(JSON.stringify(result));
    print(`page: ${(bytes / 1000).toFixed(0)} kB compressed, without model, gallery and runtime`);
    print(`cached start to first result: ${median(firstResult).toFixed(0)} ms`);
    print(`recall@10 among the held-out images, against float32: ${recall.toFixed(4)}`);
    print(
      `search over ${rows} x ${dimension}: ${ours.toFixed(0)} ms; a plain loop over float32 ${peer.toFixed(0)} ms`,
    );
    if (webgpu) print(`the same search on WebGPU (${card}): ${webgpu.toFixed(1)} ms`);
  } finally {
    await browser.close();
  }
});

/** The runtime, and what the page brings of the model and its gallery, are files of their own. */
function isPage(path: string): boolean {
  return (
    [".html", ".js", ".css", ".svg", ".webmanifest"].includes(extname(path)) &&
    !path.includes("ort-wasm")
  );
}

async function compressedBytes(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true });
  let bytes = 0;
  for (const name of names.filter(isPage))
    bytes += gzipSync(await readFile(join(folder, name))).length;
  return bytes;
}

/**
 * Milliseconds from opening the page to its first answer, after a visit that has brought
 * everything.
 */
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
      // The first visit reloads itself, to become isolated.
      await page.waitForFunction(
        () => crossOriginIsolated && window.plumage?.ready.then(() => true),
      );
      const time = await page.evaluate(async () => {
        await window.plumage.ready;
        const canvas = new OffscreenCanvas(200, 150);
        canvas.getContext("2d")!.fillRect(20, 30, 100, 80);
        await window.plumage.query(await canvas.convertToBlob(), 12);
        // Since the page began to load.
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

/** recall@10 of the page's search among the model's held-out images, against float32's. */
async function heldOutRecall(browser: Browser, name: string): Promise<number> {
  const folder = storeFolder(name);
  const manifest = await readManifest(folder);
  const { embeddings } = await heldOutGallery(folder, manifest, Number.POSITIVE_INFINITY);
  return onBenchPage(browser, async (page, served) => {
    await writeFile(join(served, embeddingsFile), embeddings);
    const question = [embeddingsFile, manifest.dimension, recallQueries] as const;
    return page.evaluate(
      ([file, dimension, queries]) => window.recall(file, dimension, queries),
      question,
    );
  });
}

function searchTimes(
  browser: Browser,
  rows: number,
  dimension: number,
  runs: number,
  onCard: boolean,
) {
  const question = [rows, dimension, runs, onCard] as const;
  return onBenchPage(browser, (page) =>
    page.evaluate((question) => window.timeSearch(...question), question),
  );
}

/** @param use gets the page, and the folder that it is served from */
async function onBenchPage<T>(
  browser: Browser,
  use: (page: Page, folder: string) => Promise<T>,
): Promise<T> {
  const { page, folder, close } = await openPage(
    browser,
    new URL("./page/", import.meta.url),
    "timeSearch",
  );
  try {
    return await use(page, folder);
  } finally {
    await close();
  }
}
