import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { evaluateRetrieval, plainDotProducts } from "@plumage/models";
import sharp from "sharp";
import { expect, it } from "vitest";
import { sampleLog, sampleReport } from "../../test/sampleRun.ts";
import { TrainLog } from "../run/trainLog.ts";
import { writeRunReport } from "./writeRunReport.ts";

it("writes the report, the grid and the page with the log's curves", async () => {
  const folder = mkdtempSync(join(tmpdir(), "plumage-run-"));
  try {
    const path = join(folder, "image.png");
    await sharp({ create: { width: 9, height: 5, channels: 3, background: "#00f" } })
      .png()
      .toFile(path);
    const items = ["a", "a", "b", "b"].map((label, i) => ({
      id: `${i}`,
      path,
      label,
      split: "test" as const,
    }));
    const embeddings = Float32Array.of(1, 0, 0.9, 0.1, 0, 1, 0.1, 0.8);
    const { metrics, neighbors } = await evaluateRetrieval({
      embeddings,
      dimension: 2,
      labels: Int32Array.of(0, 0, 1, 1),
      provider: plainDotProducts,
    });
    const log = await TrainLog.open(join(folder, "train.jsonl"), 0);
    for (const entry of sampleLog(3)) log.append(entry);
    log.close();
    await writeRunReport(folder, { ...sampleReport(), metrics }, items, { neighbors, embeddings });
    expect(readdirSync(folder).sort()).toEqual([
      "image.png",
      "neighbours.png",
      "report.html",
      "report.json",
      "train.jsonl",
    ]);
    expect(JSON.parse(readFileSync(join(folder, "report.json"), "utf8")).metrics.precisionAt1).toBe(
      1,
    );
    expect((await sharp(join(folder, "neighbours.png")).metadata()).format).toBe("png");
    expect(readFileSync(join(folder, "report.html"), "utf8")).toContain("Mined triplets per batch");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
