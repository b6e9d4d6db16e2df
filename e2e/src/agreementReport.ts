/** e2e/report.json: how the server and the page answered each query, and the same as a table. */
import { join } from "node:path";
import { repositoryRoot } from "@plumage/models/node";
import { z } from "zod";

export const reportFile = join(repositoryRoot(), "e2e", "report.json");

/** Name of the attachment by which a test hands its record to the reporter. */
export const attachmentName = "agreement";

export const providerSchema = z.enum(["wasm", "webgpu"]);
export type Provider = z.infer<typeof providerSchema>;

export const recordSchema = z.object({
  query: z.string(),
  /** Execution provider of the page; the server's is always the CPU. */
  provider: providerSchema,
  /** Whether the network's input, resized, is equal bit for bit. */
  pixelsEqual: z.boolean(),
  /** Of the two embeddings. */
  cosine: z.number(),
  /** Part of the ten nearest items that both found. */
  top10Overlap: z.number().min(0).max(1),
});
export type AgreementRecord = z.infer<typeof recordSchema>;

export const reportSchema = z.object({
  format: z.literal("plumage-agreement/1"),
  created: z.iso.datetime(),
  /** Providers that could not be tried, and why. */
  skipped: z.array(z.object({ provider: providerSchema, reason: z.string() })),
  results: z.array(recordSchema),
});
export type AgreementReport = z.infer<typeof reportSchema>;

/** The report as lines for a terminal. */
export function table({ results, skipped }: AgreementReport): string[] {
  const columns = ["query", "provider", "pixels", "cosine", "top 10"];
  const rows = results.map((record) => [
    record.query,
    record.provider,
    record.pixelsEqual ? "equal" : "close",
    record.cosine.toFixed(6),
    `${Math.round(record.top10Overlap * 10)}/10`,
  ]);
  const widths = columns.map((column, c) => Math.max(column.length, ...rows.map((row) => row[c]!.length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, c) => cell.padEnd(widths[c]!))
      .join("  ")
      .trimEnd();
  return [
    line(columns),
    ...rows.map(line),
    ...skipped.map(({ provider, reason }) => `NOT TESTED on ${provider}: ${reason}`),
  ];
}
