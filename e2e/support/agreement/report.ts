/** e2e/report.json: how the server and the page answered each query, and the same as a table. */
import { join } from "node:path";
import { repositoryRoot } from "@plumage/models/node";
import { z } from "zod";

export const reportFile = join(repositoryRoot(), "e2e", "report.json");

/** Names of the attachments by which tests hand their records to the reporter. */
export const attachmentName = "agreement";
export const decodingAttachment = "decoding";

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

/**
 * How far the page's decoder lies from the server's, in the image's own pixels: see
 * pixelDifference.ts.
 */
export const decodingSchema = z.object({
  query: z.string(),
  largest: z.number().min(0).max(255),
  mean: z.number().min(0).max(255),
  share: z.number().min(0).max(1),
});
export type DecodingRecord = z.infer<typeof decodingSchema>;

export const reportSchema = z.object({
  format: z.literal("plumage-agreement/1"),
  created: z.iso.datetime(),
  /** Providers that could not be tried, and why. */
  skipped: z.array(z.object({ provider: providerSchema, reason: z.string() })),
  results: z.array(recordSchema),
  decoding: z.array(decodingSchema),
});
export type AgreementReport = z.infer<typeof reportSchema>;

const decoded = ({ largest, mean, share }: DecodingRecord): string =>
  largest === 0
    ? "equal"
    : `${(100 * share).toFixed(1)}% differ, by ${largest} at most, ${mean.toFixed(2)} on average`;

/**
 * The report as lines for a terminal: what the queries gave, what the decoders gave, what was not
 * tested.
 */
export function table({ results, decoding, skipped }: AgreementReport): string[] {
  const queries = results.map((record) => [
    record.query,
    record.provider,
    record.pixelsEqual ? "equal" : "close",
    record.cosine.toFixed(6),
    `${Math.round(record.top10Overlap * 10)}/10`,
  ]);
  return [
    ...aligned(["query", "provider", "pixels", "cosine", "top 10"], queries),
    ...aligned(
      ["image", "decoded pixels, of 255"],
      decoding.map((record) => [record.query, decoded(record)]),
    ),
    ...skipped.map(({ provider, reason }) => `NOT TESTED on ${provider}: ${reason}`),
  ];
}

/** Nothing where there are no rows. */
function aligned(columns: readonly string[], rows: readonly string[][]): string[] {
  if (rows.length === 0) return [];
  const widths = columns.map((column, c) =>
    Math.max(column.length, ...rows.map((row) => row[c]!.length)),
  );
  return [columns, ...rows].map((row) =>
    row
      .map((cell, c) => cell.padEnd(widths[c]!))
      .join("  ")
      .trimEnd(),
  );
}
