/** A variant that fails a later golden is replaced, and the query is answered again. */
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
import * as ort from "@plumage/models/onnxruntime";
import { holdGoldens } from "../support/browser/inferenceWorker.ts";
import { resultScores, searchBy, whenReady, whenSettled } from "../support/browser/searchPage.ts";
import { expect, test } from "../support/fixtures.ts";
import { onWhite } from "../support/images/scenes.ts";
import { modelName } from "../support/pipeline/model.ts";
import { pageFolder, stepsFor } from "../support/pipeline/steps.ts";
import { run } from "../support/processes.ts";
import { serveFolder } from "../support/servers/staticServer.ts";

const name = `${modelName}-goldens`;

/** The page's limit for a variant's cosine with a golden; an int8 file's own may be lower. */
const limit = cosineLimits.page.cosine;

/**
 * The golden with an embedding that fp32 passes and int8 fails: rotated away from int8's embedding
 * until the limit lies halfway between fp32 and int8.
 */
async function beyond(golden: Golden, size: number, int8: string): Promise<Golden> {
  const session = await ort.InferenceSession.create(int8, { logSeverityLevel: 3 });
  const pixels = goldenPixels(golden);
  const images = new ort.Tensor("uint8", pixels, [1, size, size, 3]);
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

/** The test model with a second golden that int8 fails. */
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

// The worker's script comes from the host here, where the test can hold the goldens.
test.use({ serviceWorkers: "block" });

test("a variant that fails a later golden is replaced, and the query is answered again", async ({
  page,
}) => {
  const folder = storeFolder(name);
  await rm(folder, { recursive: true, force: true });
  await makeStore(folder);
  const build = stepsFor(name).at(-1)!;
  await run(build.name, build.program, new AbortController().signal);
  const site = await serveFolder(pageFolder(name));
  try {
    const checkGoldens = await holdGoldens(page);
    await page.goto(`${site.url}?provider=wasm`);
    await whenReady(page);
    const facts = page.getByTestId("runtime-facts");
    const buffer = await onWhite("owl", 200, 200).jpeg().toBuffer();
    await searchBy(page, { name: "owl.jpg", mimeType: "image/jpeg", buffer });
    await expect(facts).toContainText(/int8, [\d.]+ MB/);
    const byInt8 = await resultScores(page);

    await checkGoldens();
    await expect(facts).toContainText(/fp32, [\d.]+ MB/);
    await expect(facts).toContainText(
      /WebAssembly, int8: wrong results \(cosine 0\.\d+ to the reference embeddings\)/,
    );
    await expect(facts).toContainText(/to 4 reference embeddings/);
    await whenSettled(page);
    const byFp32 = await resultScores(page);
    expect(byFp32).toHaveLength(24);
    expect(byFp32).not.toEqual(byInt8);
  } finally {
    await site.close();
    await rm(folder, { recursive: true });
    await rm(pageFolder(name), { recursive: true, force: true });
  }
});
