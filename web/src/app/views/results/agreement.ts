/** How far two answers to one query agree. Pure. */
import { cosine } from "@plumage/models";
import type { Answer, ImageAnswer } from "../../../engine/protocol.ts";
import type { ServerAnswer } from "../../server/searchServer.ts";

/** Of so many nearest. */
const top = 10;

export interface Agreement {
  /** Images that are among the nearest in both answers. */
  readonly shared: ReadonlySet<number>;
  readonly of: number;
  /** Of the two embeddings, where both are known. */
  readonly cosine: number | undefined;
}

export function agreementOf(here: Answer | ImageAnswer, there: ServerAnswer): Agreement {
  const [ours, theirs] = [here, there].map(({ hits }) =>
    hits.slice(0, top).map(({ index }) => index),
  ) as [number[], number[]];
  const known =
    "embedding" in here && there.embedding ? cosine(here.embedding, there.embedding) : undefined;
  return {
    shared: new Set(ours.filter((index) => theirs.includes(index))),
    of: Math.min(top, Math.max(ours.length, theirs.length)),
    cosine: known,
  };
}

/** "9 of the nearest 10 are the same; the embeddings' cosine is 0.999998". */
export function explainAgreement({ shared, of, cosine }: Agreement): string {
  const same =
    shared.size === of
      ? `All of the nearest ${of} are the same`
      : `${shared.size} of the nearest ${of} are the same`;
  return cosine === undefined
    ? `${same}.`
    : `${same}; the cosine of the two embeddings is ${cosine.toFixed(6)}.`;
}
