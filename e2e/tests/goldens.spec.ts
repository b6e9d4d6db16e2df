/**
 * A variant that gives the first golden and not a later one: it computes until that is found out,
 * and no longer.
 */
import { mkdir, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import {
  cosineLimits,
  dot,
  encodeGolden,
  type Golden,
  goldenEmbedding,
  goldenPixels,
  storeFiles,
  variantFile,
} from "@plumage/models";
import { readManifest, storeFolder, writeManifest } from "@plumage/models/node";
import * as ort from "onnxruntime-node";
import { expect, test, whenReady } from "../support/fixtures.ts";
import { onWhite } from "../support/images/scenes.ts";
import { modelName } from "../support/pipeline/model.ts";
import { pageFolder, stepsFor } from "../support/pipeline/steps.ts";
import { run } from "../support/processes.ts";
import { serveFolder } from "../support/servers/staticServer.ts";

const name = `${modelName}-goldens`;

/** The page's limit for every variant's cosine with a golden; int8's may be lower. */
const limit = cosineLimits.page.cosine;

/**
 * The golden with an embedding that fp32 gives and int8 does not: as far beyond fp32's, seen from
 * int8's, that the limit lies in the middle between the two.
 */
async function beyond(golden: Golden, side: number, int8: string): Promise<Golden> {
  const session = await ort.InferenceSession.create(int8, { logSeverityLevel: 3 });
  const pixels = goldenPixels(golden);
  const images = new ort.Tensor("uint8", pixels, [1, side, side, 3]);
  const other = (await session.run({ images })).embeddings!.data as Float32Array;
  await session.release();
  const exact = goldenEmbedding(golden);
  const shared = dot(exact, other);
  const away = exact.map((value, i) => value * shared - other[i]!);
  const length = Math.sqrt(dot(away, away));
  const angle = Math.acos(limit) - Math.acos(shared) / 2;
  const embedding = exact.map(
    (value, i) => Math.cos(angle) * value + (Math.sin(angle) * away[i]!) / length,
  );
  return { ...golden, embedding: encodeGolden(pixels, embedding).embedding };
}

/** The model with a second golden that int8 does not give. */
async function makeStore(folder: string): Promise<void> {
  const original = storeFolder(modelName);
  const manifest = await readManifest(original);
  const [first, second, ...others] = manifest.goldens;
  const int8 = variantFile(manifest, "int8");
  const wrong = await beyond(second!, manifest.preprocessing.imageSize, join(original, int8.file));
  const files = manifest.files.map((file) => (file === int8 ? { ...file, cosineMin: 1 } : file));
  await mkdir(folder, { recursive: true });
  for (const shared of [storeFiles.gallery, ...files.map(({ file }) => file)])
    await symlink(join(original, shared), join(folder, shared));
  await writeManifest(folder, { ...manifest, files, goldens: [first!, wrong, ...others] });
}

declare global {
  interface Window {
    /** Which variant the page named, and whether it waited for an answer: each change. */
    seen: string[];
  }
}

/** Runs in the page. */
function watch(): void {
  window.seen = [];
  const found = document.getElementById("found")!;
  const facts = document.getElementById("runtime-facts")!;
  const look = () => {
    const variant = /(int8|fp32), [\d.]+ MB/.exec(facts.textContent ?? "")?.[1] ?? "nothing";
    const now = `${variant} ${found.ariaBusy === "true" ? "is asked" : "has answered"}`;
    if (window.seen.at(-1) !== now) window.seen.push(now);
  };
  const observer = new MutationObserver(look);
  observer.observe(found, { attributes: true });
  observer.observe(facts, { childList: true, subtree: true });
}

test("a variant that gives a later golden wrong gives way, and the query is answered again", async ({
  page,
}) => {
  test.setTimeout(120_000);
  const folder = storeFolder(name);
  await rm(folder, { recursive: true, force: true });
  await makeStore(folder);
  const building = stepsFor(name).at(-1)!;
  await run(building.name, building.program, new AbortController().signal);
  const site = await serveFolder(pageFolder(name));
  try {
    // The first visit reloads itself; this test's image would go with it.
    await page.goto(`${site.url}?provider=wasm`);
    await whenReady(page);
    await page.reload();
    await page.evaluate(watch);
    const buffer = await onWhite("owl", 200, 200).jpeg().toBuffer();
    await page
      .getByTestId("file-input")
      .setInputFiles({ name: "owl.jpg", mimeType: "image/jpeg", buffer });
    const facts = page.getByTestId("runtime-facts");
    await expect(facts).toContainText(/fp32, [\d.]+ MB/, { timeout: 30_000 });
    await expect(facts).toContainText(
      /WebAssembly, int8: wrong results \(cosine 0\.\d+ to the reference embeddings\)/,
    );
    await expect(facts).toContainText(/to 4 reference embeddings/);
    await expect(page.locator("#found")).toHaveAttribute("aria-busy", "false");
    await expect(page.getByTestId("result")).toHaveCount(24);
    const seen = await page.evaluate(() => window.seen);
    expect(seen.slice(-3)).toEqual(["int8 has answered", "fp32 is asked", "fp32 has answered"]);
  } finally {
    await site.close();
    await rm(folder, { recursive: true });
    await rm(pageFolder(name), { recursive: true, force: true });
  }
});
