/** Clients of the crash test: they write until the server dies, and inspect it afterward. */
import { cosineLimits } from "@plumage/models";
import { sha256 } from "@plumage/models/node";
import { z } from "zod";
import { noiseBytes } from "../support/tinyModel.ts";
import type { Change, ExpectedState } from "./expectedState.ts";

/** The image of a state. */
export const imageOf = (state: number) => noiseBytes(state, 24, 24);
const pageSchema = z.object({
  items: z.array(z.object({ id: z.string(), label: z.string() })),
  next: z.int().nullable(),
});
const searchSchema = z.object({
  results: z.array(z.object({ id: z.string(), score: z.number() })),
});

/** Ids that one writer adds, replaces and deletes one at a time. */
const idsPerWriter = 12;

export interface WriterOptions {
  readonly expected: ExpectedState;
  /** Source of random numbers. */
  readonly next: () => number;
  /** Ends the writer after its current request. */
  readonly signal?: AbortSignal;
  /** Receives each answer that refuses a change. */
  readonly onRefusal?: (refusal: Refusal) => void;
}

export interface Refusal {
  readonly status: number;
  readonly type: string | null;
  readonly retryAfter: string | null;
  readonly body: string;
}

/**
 * Adds, replaces and deletes items until the server is gone. Each writer has its own ids, and no
 * image is used twice.
 */
export async function write(
  url: string,
  writer: number,
  { expected, next, signal, onRefusal }: WriterOptions,
): Promise<void> {
  while (!signal?.aborted) {
    const change = randomChange(writer, expected, next);
    const form = await formOf(change);
    expected.begin(change);
    try {
      const answer = form
        ? await fetch(`${url}/items`, { method: "POST", body: form })
        : await fetch(`${url}/items/${[...change.keys()][0]}`, { method: "DELETE" });
      // The status alone acknowledges the change: the body may be cut short.
      if (answer.ok) expected.acknowledge(change);
      else expected.refuse(change);
      const body = await answer.text();
      if (!answer.ok) onRefusal?.(refusalOf(answer, body));
    } catch {
      return;
    }
  }
}

const refusalOf = ({ status, headers }: Response, body: string): Refusal => ({
  status,
  type: headers.get("content-type"),
  retryAfter: headers.get("retry-after"),
  body,
});

/** Deletes an item, or puts one or three. */
function randomChange(writer: number, expected: ExpectedState, next: () => number): Change {
  const idOf = (i: number) => `w${writer}-${i}`;
  const id = idOf(Math.floor(next() * idsPerWriter));
  if (expected.has(id) && next() < 0.4) return new Map([[id, undefined]]);
  const ids = next() < 0.3 ? [id, idOf(idsPerWriter + 1), idOf(idsPerWriter + 2)] : [id];
  return new Map(ids.map((each) => [each, Math.floor(next() * 2 ** 31)]));
}

/** @returns undefined for a deletion */
async function formOf(change: Change): Promise<FormData | undefined> {
  const form = new FormData();
  const items: { id: string; label: string }[] = [];
  for (const [id, state] of change) {
    if (state === undefined) return undefined;
    form.append("image", new Blob([await imageOf(state)]));
    items.push({ id, label: String(state) });
  }
  form.append("items", JSON.stringify(items));
  return form;
}

/**
 * Lists the server's items, and checks for each that its image file is intact and that a search by
 * the image finds it first.
 *
 * @param isInspected which ids; by default, all
 * @returns the state of each item, and one line per failed check
 */
export async function inspect(
  url: string,
  isInspected: (id: string) => boolean = () => true,
): Promise<{ actual: Map<string, number>; failures: string[] }> {
  const actual = new Map<string, number>();
  const failures: string[] = [];
  let total = 0;
  for (let after: number | null = -1; after !== null; ) {
    const page = pageSchema.parse(await (await fetch(`${url}/items?after=${after}`)).json());
    for (const { id, label } of page.items) if (isInspected(id)) actual.set(id, Number(label));
    total += page.items.length;
    after = page.next;
  }
  for (const [id, state] of actual) {
    const image = await imageOf(state);
    const stored = await fetch(`${url}/items/${encodeURIComponent(id)}/image`);
    const bytes = new Uint8Array(await stored.arrayBuffer());
    if (!stored.ok || sha256(bytes) !== sha256(image))
      failures.push(`${id} does not have image ${state}`);
    const best = (await search(url, 1, image))[0];
    if (best?.id !== id || best.score < cosineLimits.serve.cosine)
      failures.push(`${id} is not found by its image`);
  }
  const count = (await search(url, 100, await imageOf(1))).length;
  if (count !== Math.min(total, 100)) failures.push(`a search returns ${count} of ${total} items`);
  return { actual, failures };
}

async function search(url: string, k: number, body: Uint8Array<ArrayBuffer>) {
  const answer = await fetch(`${url}/search?k=${k}`, { method: "POST", body });
  return searchSchema.parse(await answer.json()).results;
}
