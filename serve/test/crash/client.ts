/** Writers that never rest, and the look at what a server holds. */
import { sha256 } from "@plumage/models/node";
import { z } from "zod";
import { noise } from "../support/tinyModel.ts";
import type { Change, Ledger } from "./expectedState.ts";

const image = async (state: number) => new Uint8Array(await noise(state, 24, 24));
const pageSchema = z.object({
  items: z.array(z.object({ id: z.string(), label: z.string() })),
  next: z.int().nullable(),
});
const searchSchema = z.object({
  results: z.array(z.object({ id: z.string(), score: z.number() })),
});

/** Items that one writer has at most. */
const most = 12;

/**
 * Adds, replaces and removes until the server is gone. Each writer has ids of its own; each image
 * is used once.
 */
export async function write(
  address: string,
  writer: number,
  ledger: Ledger,
  next: () => number,
): Promise<void> {
  const own = (i: number) => `w${writer}-${i}`;
  for (;;) {
    const id = own(Math.floor(next() * most));
    const change: Change =
      ledger.has(id) && next() < 0.4
        ? new Map([[id, undefined]])
        : new Map(
            Array.from({ length: next() < 0.3 ? 3 : 1 }, (_, i) => [
              i === 0 ? id : own(most + i),
              newState(next),
            ]),
          );
    const body = await form(change);
    ledger.begin(change);
    try {
      const answer = body
        ? await fetch(`${address}/items`, { method: "POST", body })
        : await fetch(`${address}/items/${id}`, { method: "DELETE" });
      // The answer is given once its head is here; a body that breaks off changes nothing about
      // that.
      if (answer.ok) ledger.acknowledge(change);
      else ledger.refuse(change);
      await answer.arrayBuffer();
    } catch {
      return;
    }
  }
}

const newState = (next: () => number): number => Math.floor(next() * 2 ** 31);

async function form(change: Change): Promise<FormData | undefined> {
  const data = new FormData();
  const items: { id: string; label: string }[] = [];
  for (const [id, state] of change) {
    if (state === undefined) return undefined;
    data.append("image", new Blob([await image(state)]));
    items.push({ id, label: String(state) });
  }
  data.append("items", JSON.stringify(items));
  return data;
}

/**
 * Every item of a server with its state, after it has been looked at from all sides: its record,
 * its image's file, and a search by that image, which must find it first.
 *
 * @returns the states, and what is wrong with single items
 */
export async function look(
  address: string,
): Promise<{ found: Map<string, number>; wrong: string[] }> {
  const found = new Map<string, number>();
  const wrong: string[] = [];
  for (let after: number | null = -1; after !== null; ) {
    const page = pageSchema.parse(await (await fetch(`${address}/items?after=${after}`)).json());
    for (const { id, label } of page.items) found.set(id, Number(label));
    after = page.next;
  }
  for (const [id, state] of found) {
    const expected = await image(state);
    const stored = await fetch(`${address}/items/${id}/image`);
    const bytes = new Uint8Array(await stored.arrayBuffer());
    if (!stored.ok || sha256(bytes) !== sha256(expected))
      wrong.push(`${id} has not the image ${state}`);
    const answer = await fetch(`${address}/search?k=1`, { method: "POST", body: expected });
    const best = searchSchema.parse(await answer.json()).results[0];
    if (best?.id !== id || best.score < 0.9999) wrong.push(`${id} is not found by its image`);
  }
  const unknown = await fetch(`${address}/search?k=100`, { method: "POST", body: await image(1) });
  const all = searchSchema.parse(await unknown.json()).results.length;
  if (all !== Math.min(found.size, 100)) wrong.push(`a search gives ${all} items of ${found.size}`);
  return { found, wrong };
}
