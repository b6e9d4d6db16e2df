/** How far the answers of device and server agree. Pure. */
import { cosine } from "@plumage/models";
import type { Answer, ImageAnswer } from "../../../engine/protocol.ts";
import type { ServerAnswer } from "../../server/searchServer.ts";

/** How many of the nearest images are compared. */
const top = 10;

export interface Agreement {
  /** Images that are in the top of both answers. */
  readonly shared: ReadonlySet<number>;
  /** How many were compared. */
  readonly count: number;
  /** Cosine of the two embeddings, if both are known. */
  readonly cosine: number | undefined;
}

export function compareAnswers(device: Answer | ImageAnswer, server: ServerAnswer): Agreement {
  const [onDevice, onServer] = [device, server].map(({ hits }) =>
    hits.slice(0, top).map(({ index }) => index),
  ) as [number[], number[]];
  const hasEmbeddings = "embedding" in device && server.embedding;
  return {
    shared: new Set(onDevice.filter((index) => onServer.includes(index))),
    count: Math.min(top, Math.max(onDevice.length, onServer.length)),
    cosine: hasEmbeddings ? cosine(device.embedding, server.embedding!) : undefined,
  };
}

function describeMatches({ shared, count }: Agreement): string {
  if (count === 1) return `The nearest image ${shared.size === 1 ? "matches" : "differs"}`;
  const number = shared.size === count ? "All" : `${shared.size} of the`;
  return `${number} ${count} nearest images match`;
}

/** "9 of the 10 nearest images match; the cosine of the two embeddings is 0.999998." */
export function describeAgreement(agreement: Agreement): string {
  const { cosine } = agreement;
  const matches = describeMatches(agreement);
  return cosine === undefined
    ? `${matches}.`
    : `${matches}; the cosine of the two embeddings is ${cosine.toFixed(6)}.`;
}
