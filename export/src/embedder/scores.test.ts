/** What an export says about its scores. */
import "../../test/oracle.ts";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { confidences } from "@plumage/models";
import { readManifest, writeItems } from "@plumage/models/node";
import { afterEach, beforeEach, expect, test } from "vitest";
import { writeCheckpoint, writeImages } from "../../test/storeFolder.ts";
import { exportModel } from "../exportModel.ts";

let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "plumage-scores-"));
  await writeCheckpoint(folder);
});
afterEach(() => rmSync(folder, { recursive: true }));

const bothVariants = { variants: ["fp32", "fp16"], allowLoss: true } as const;

test("calibrates scores on the held-out images that it measures variants on", async () => {
  // Fifteen items of each image: their nearest is right, unless their class is held out, too.
  const items = await writeImages(folder, 7);
  const copies = items.flatMap((item) =>
    Array.from({ length: 15 }, (_, i) => ({ ...item, id: `${item.id}.${i}`, label: item.id })),
  );
  await writeItems(folder, copies);
  const { calibration } = await exportModel("patches", folder, () => undefined, bothVariants);
  const { reliability, ...model } = calibration!;
  expect(reliability.samples).toBe(2 * 60);
  expect((await readManifest(folder)).calibration).toEqual(calibration);
  const nearest = (score: number) => confidences([{ score, label: "a" }], model)[0]!;
  expect(nearest(1)).toBeGreaterThan(nearest(0.9));
});

test("says that a few held-out images are not enough", async () => {
  await writeImages(folder, 9);
  const printed: string[] = [];
  await exportModel("patches", folder, (line) => printed.push(line), bothVariants);
  expect(printed.at(-1)).toMatch(/^no calibration of scores: it takes more held-out images/);
  expect((await readManifest(folder)).calibration).toBeUndefined();
});
