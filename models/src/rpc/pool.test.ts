import { beforeEach, describe, expect, test } from "vitest";
import type { Channel, Reply, Request } from "./channel.ts";
import { Client } from "./client.ts";
import { Pool } from "./pool.ts";

interface Echo {
  echo(params: string): string;
}

/** A worker under the test's control: it answers, or dies, when told to. */
class FakeWorker implements Channel {
  readonly received: Extract<Request, { kind: "call" }>[] = [];
  #listener: (message: unknown) => void = () => undefined;
  die: (cause: Error) => void = () => undefined;

  post(message: unknown): void {
    const request = message as Request;
    if (request.kind === "call") this.received.push(request);
  }
  onMessage(listener: (message: unknown) => void): void {
    this.#listener = listener;
  }
  onFailure(listener: (cause: Error) => void): void {
    this.die = listener;
  }
  async close(): Promise<void> {}

  async answer(): Promise<void> {
    const { id, params } = this.received.shift()!;
    this.#listener({ kind: "result", id, value: params } satisfies Reply);
    await settled();
  }
}

/** Lets every promise reaction that is due run. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

let a: FakeWorker;
let b: FakeWorker;
let pool: Pool<Echo>;

beforeEach(() => {
  [a, b] = [new FakeWorker(), new FakeWorker()];
  pool = new Pool(
    [a, b].map((worker) => new Client<Echo>(worker)),
    { maxWaiting: 2, refusal: () => new Error("full") },
  );
});

/** Starts calls; each settles to its result or its error's message. */
async function start(...params: string[]): Promise<Promise<string>[]> {
  const calls = params.map((text) =>
    pool.call("echo", text).catch((error: Error) => error.message),
  );
  await settled();
  return calls;
}

const received = () => [a, b].map((worker) => worker.received.map(({ params }) => params));

describe("a pool", () => {
  test("gives each worker one call at a time, the others wait in order", async () => {
    const calls = await start("1", "2", "3", "4");
    expect(received()).toEqual([["1"], ["2"]]);
    expect(pool.waiting).toBe(2);
    await b.answer();
    expect(received()).toEqual([["1"], ["3"]]);
    await a.answer();
    expect(received()).toEqual([["4"], ["3"]]);
    await a.answer();
    await b.answer();
    expect(await Promise.all(calls)).toEqual(["1", "2", "3", "4"]);
  });

  test("refuses calls beyond the limit", async () => {
    const calls = await start("1", "2", "3", "4", "5");
    expect(await calls[4]).toBe("full");
    expect(pool.waiting).toBe(2);
  });

  test("drops a waiting call that is aborted", async () => {
    await start("1", "2");
    const controller = new AbortController();
    const call = pool.call("echo", "3", { signal: controller.signal });
    controller.abort(new Error("no longer needed"));
    await expect(call).rejects.toThrow("no longer needed");
    expect(pool.waiting).toBe(0);
    await start("4");
    await a.answer();
    expect(received()).toEqual([["4"], ["2"]]);
  });

  test("loses a worker that fails, and fails with the last one", async () => {
    const calls = await start("1", "2", "3", "4");
    a.die(new Error("a died"));
    expect(await calls[0]).toBe("a died");
    await b.answer();
    expect(received()[1]).toEqual(["3"]);
    b.die(new Error("b died"));
    expect(await Promise.all(calls.slice(2))).toEqual(["b died", "b died"]);
    await expect(pool.call("echo", "5")).rejects.toThrow("b died");
  });

  test("passes over a worker that failed while it was idle", async () => {
    a.die(new Error("a died"));
    await start("1");
    expect(received()).toEqual([[], ["1"]]);
  });

  test("rejects waiting calls when it is closed", async () => {
    const calls = await start("1", "2", "3");
    await pool.close();
    expect(await calls[2]).toContain("closed");
  });
});
