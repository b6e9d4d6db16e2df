import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Channel, Reply, Request } from "../channel.ts";
import { Client } from "../client.ts";
import { Pool, type PoolOptions } from "./pool.ts";

interface Echo {
  echo(params: string): string;
}

/** A worker under the test's control: it answers, or dies, when told to. */
class FakeWorker implements Channel {
  readonly received: Extract<Request, { kind: "call" }>[] = [];
  isClosed = false;
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
  /** A process takes time to end. */
  closing: Promise<void> = Promise.resolve();
  async close(): Promise<void> {
    this.isClosed = true;
    await this.closing;
  }

  async answer(): Promise<void> {
    const { id, params } = this.received.shift()!;
    this.#listener({ kind: "result", id, value: params } satisfies Reply);
    await settled();
  }
}

/** Lets every promise reaction that is due run. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

let workers: FakeWorker[];
let pool: Pool<Echo>;

function open(options: Partial<PoolOptions<Echo>> = {}): void {
  workers = [];
  pool = new Pool({
    start() {
      const worker = new FakeWorker();
      workers.push(worker);
      return new Client<Echo>(worker);
    },
    size: 2,
    maxWaiting: 2,
    refusal: () => new Error("full"),
    ...options,
  });
}

beforeEach(() => {
  open();
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Starts a call; it settles to its result or its error's message. */
const call = (params: string, options: { cost?: number; signal?: AbortSignal } = {}) =>
  pool.call("echo", params, options).catch((error: Error) => error.message);

async function start(...params: string[]): Promise<Promise<string>[]> {
  const calls = params.map((text) => call(text));
  await settled();
  return calls;
}

const received = () => workers.map((worker) => worker.received.map(({ params }) => params));

describe("a pool", () => {
  test("starts workers as calls find none free, and gives each one call at a time", async () => {
    const calls = await start("1");
    expect(received()).toEqual([["1"]]);
    calls.push(...(await start("2", "3", "4")));
    expect(received()).toEqual([["1"], ["2"]]);
    expect(pool.waiting).toBe(2);
    await workers[1]!.answer();
    expect(received()).toEqual([["1"], ["3"]]);
    await workers[0]!.answer();
    expect(received()).toEqual([["4"], ["3"]]);
    await workers[0]!.answer();
    await workers[1]!.answer();
    expect(await Promise.all(calls)).toEqual(["1", "2", "3", "4"]);
  });

  test("starts workers ahead, up to its size", async () => {
    pool.warmUp(9);
    expect(workers).toHaveLength(2);
    await start("1");
    expect(workers).toHaveLength(2);
  });

  test("refuses calls beyond the limit", async () => {
    const calls = await start("1", "2", "3", "4", "5");
    expect(await calls[4]).toBe("full");
    expect(pool.waiting).toBe(2);
  });

  test("limits what waits by its cost", async () => {
    open({ maxWaiting: 10 });
    await start("1", "2");
    void call("3", { cost: 7 });
    expect(await call("4", { cost: 4 })).toBe("full");
    void call("5", { cost: 3 });
    await settled();
    expect([pool.waiting, pool.waitingCost]).toEqual([2, 10]);
  });

  test("lets cheap calls overtake expensive ones, but not forever", async () => {
    open({ size: 1, maxWaiting: 1000, expectedMs: (cost) => cost });
    await start("running");
    void call("expensive", { cost: 100 });
    void call("cheap", { cost: 1 });
    await vi.advanceTimersByTimeAsync(150);
    void call("late", { cost: 1 });
    const order: unknown[] = [];
    for (let i = 0; i < 4; i++) {
      order.push(...received()[0]!);
      await workers[0]!.answer();
    }
    expect(order).toEqual(["running", "cheap", "expensive", "late"]);
  });

  test("drops a waiting call that is aborted", async () => {
    await start("1", "2");
    const controller = new AbortController();
    const aborted = pool.call("echo", "3", { signal: controller.signal });
    controller.abort(new Error("no longer needed"));
    await expect(aborted).rejects.toThrow("no longer needed");
    expect(pool.waiting).toBe(0);
    await start("4");
    await workers[0]!.answer();
    expect(received()).toEqual([["4"], ["2"]]);
  });

  test("drops a call that is aborted as it gets its worker", async () => {
    const controller = new AbortController();
    const aborted = call("1", { signal: controller.signal });
    controller.abort(new Error("no longer needed"));
    expect(await aborted).toBe("no longer needed");
    await start("2");
    expect(received()).toEqual([["2"]]);
  });

  test("lets a worker finish an aborted call before the next", async () => {
    open({ size: 1 });
    const controller = new AbortController();
    const aborted = call("1", { signal: controller.signal });
    await start("2");
    controller.abort(new Error("no longer needed"));
    expect(await aborted).toBe("no longer needed");
    expect(received()).toEqual([["1"]]);
    await workers[0]!.answer();
    expect(received()).toEqual([["2"]]);
  });

  test("ends the worker of an aborted call if it is told to", async () => {
    open({ size: 1, endsAborted: true });
    const controller = new AbortController();
    const aborted = call("1", { signal: controller.signal });
    const [next] = await start("2");
    controller.abort(new Error("no longer needed"));
    expect(await aborted).toBe("no longer needed");
    await settled();
    expect(workers[0]!.isClosed).toBe(true);
    expect(received()).toEqual([["1"], ["2"]]);
    await workers[1]!.answer();
    expect(await next).toBe("2");
  });

  test("starts the next worker only when the one of an aborted call has ended", async () => {
    open({ size: 1, endsAborted: true });
    const controller = new AbortController();
    const aborted = call("1", { signal: controller.signal });
    await start("2");
    let end!: () => void;
    workers[0]!.closing = new Promise((resolve) => {
      end = resolve;
    });
    controller.abort(new Error("no longer needed"));
    expect(await aborted).toBe("no longer needed");
    await settled();
    expect(workers).toHaveLength(1);
    end();
    await settled();
    expect(received()).toEqual([["1"], ["2"]]);
  });

  test("ends the worker of a call that takes too long, and starts another", async () => {
    open({ size: 1, maxMs: 1000, overdue: () => new Error("overdue") });
    const [slow, next] = await start("1", "2");
    await vi.advanceTimersByTimeAsync(1000);
    expect(await slow).toBe("overdue");
    expect(workers[0]!.isClosed).toBe(true);
    await settled();
    await workers[1]!.answer();
    expect(await next).toBe("2");
    await vi.advanceTimersByTimeAsync(1000);
    expect(workers[1]!.isClosed).toBe(false);
  });

  test("replaces a worker that fails", async () => {
    const calls = await start("1", "2", "3");
    workers[0]!.die(new Error("a died"));
    expect(await calls[0]).toBe("a died");
    await settled();
    expect(received()).toEqual([["1"], ["2"], ["3"]]);
    await workers[2]!.answer();
    expect(await calls[2]).toBe("3");
  });

  test("passes over a worker that failed while it was idle", async () => {
    pool.warmUp(1);
    workers[0]!.die(new Error("a died"));
    await start("1");
    expect(received()).toEqual([[], ["1"]]);
  });

  test("ends a worker that has had nothing to do for a while", async () => {
    open({ size: 1, idleMs: 500 });
    await start("1");
    await workers[0]!.answer();
    await vi.advanceTimersByTimeAsync(400);
    await start("2");
    await vi.advanceTimersByTimeAsync(5000);
    expect(received()).toEqual([["2"]]);
    await workers[0]!.answer();
    await vi.advanceTimersByTimeAsync(500);
    expect(workers[0]!.isClosed).toBe(true);
    await start("3");
    expect(received()).toEqual([[], ["3"]]);
  });

  test("rejects open, waiting and later calls when it is closed", async () => {
    const calls = await start("1", "2", "3");
    await pool.close();
    for (const closed of [...calls, call("4")]) expect(await closed).toContain("closed");
    expect(workers.map(({ isClosed }) => isClosed)).toEqual([true, true]);
  });
});
