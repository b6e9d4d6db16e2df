/** e2e/report.json: how far the server and the page agree on each query; also as a table. */
import { join } from "node:path";
import { repositoryRoot } from "@plumage/models/node";
import { z } from "zod";
import { table } from "../table.ts";

export const reportFile = join(repositoryRoot(), "e2e", "report.json");

/** Names of the attachments in which tests pass their records to the reporter. */
export const attachmentName = "agreement";
export const decodingAttachment = "decoding";

export const providerSchema = z.enum(["wasm", "webgpu"]);

export const recordSchema = z.object({
  query: z.string(),
  /** The page's execution provider; the server always runs on the CPU. */
  provider: providerSchema,
  /** Whether the network's input is equal bit for bit. */
  pixelsEqual: z.boolean(),
  /** Cosine of the two embeddings. */
  cosine: z.number(),
  /** Overlap of the two top-10 lists, from 0 to 1. */
  top10Overlap: z.number().min(0).max(1),
});
export type AgreementRecord = z.infer<typeof recordSchema>;

/** How far the two decoders' pixels differ, before any resize: see pixelDifference.ts. */
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
  /** Providers that this browser does not have, and why. */
  skipped: z.array(z.object({ provider: providerSchema, reason: z.string() })),
  results: z.array(recordSchema),
  decoding: z.array(decodingSchema),
});
export type AgreementReport = z.infer<typeof reportSchema>;

const decoded = ({ largest, mean, share }: DecodingRecord): string =>
  largest === 0
    ? "equal"
    : `${(100 * share).toFixed(1)}% differ: at most ${largest}, mean ${mean.toFixed(2)}`;

/** The report as lines for a terminal: queries, decoders, and providers that were not tested. */
export function reportLines({ results, decoding, skipped }: AgreementReport): string[] {
  const queries = results.map((record) => [
    record.query,
    record.provider,
    record.pixelsEqual ? "equal" : "close",
    record.cosine.toFixed(6),
    `${Math.round(record.top10Overlap * 10)}/10`,
  ]);
  const decoders = decoding.map((record) => [record.query, decoded(record)]);
  return [
    ...(queries.length > 0
      ? table(["query", "provider", "pixels", "cosine", "top 10"], queries)
      : []),
    ...(decoders.length > 0 ? table(["image", "decoded pixels (0 to 255)"], decoders) : []),
    ...skipped.map(({ provider, reason }) => `NOT TESTED on ${provider}: ${reason}`),
  ];
}
