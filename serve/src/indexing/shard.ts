/** One part of an index that several machines build together. */
import { PlumageError } from "@plumage/models";
import { sha256 } from "@plumage/models/node";
import { z } from "zod";

export interface Shard {
  /** From 1 to `count`. */
  readonly index: number;
  readonly count: number;
}

/** The option --shard, such as "2/4". */
export const shardSchema = z.string().transform((text, context): Shard => {
  const [, index = 0, count = 0] = (/^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? []).map(Number);
  if (index < 1 || index > count) context.addIssue("write i/n with i from 1 to n, such as 2/4");
  return { index, count };
});

/** Hexadecimal digits of the digest that decide, which a double holds exactly. */
const digits = 12;

/** Whether an item belongs to a shard. Depends on its id alone, so that all machines agree. */
export const inShard = (id: string, { index, count }: Shard): boolean =>
  Number.parseInt(sha256(Buffer.from(id)).slice(0, digits), 16) % count === index - 1;

/** @throws PlumageError "bad-input" for a store that other machines do not reach */
export function requireSharedStore(isShared: boolean): void {
  if (isShared) return;
  throw new PlumageError(
    "bad-input",
    "--shard needs a store that all machines share",
    "add --store postgres://..., or leave --shard out",
  );
}
