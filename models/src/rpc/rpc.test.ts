import { MessageChannel } from "node:worker_threads";
import { afterEach, describe, expect, test, vi } from "vitest";
import { PlumageError } from "../errors.ts";
import { Client } from "./client.ts";
import { type Handlers, transferred } from "./methods.ts";
import { portChannel } from "./node/threadChannel.ts";
import { serve } from "./server.ts";

interface Calculator {
  add(params: { readonly a: number; readonly b: number }): number;
  version(): string;
  fail(params: { readonly as: "plumage" | "range" | "custom" | "text" }): never;
  double(params: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer>;
  untilAborted(): string;
  uncloneable(): unknown;
}
interface Events {
  progress: { readonly done: number };
}

const aborted = vi.fn();

const handlers: Handlers<Calculator> = {
  add: ({ a, b }) => a + b,
  version: async () => "1",
  fail: ({ as }) => {
    if (as === "text") throw "just text";
    if (as === "range") throw new RangeError("out of range");
    if (as === "custom") throw Object.assign(new Error("odd"), { name: "OddError" });
    const cause = new TypeError("not a number");
    throw new PlumageError("bad-image", "the file is damaged", "use another", { cause });
  },
  double: (values) => {
    const doubled = values.map((value) => 2 * value);
    return transferred(doubled, [doubled.buffer]);
  },
  untilAborted: (_, { signal }) =>
    new Promise((resolve) => {
      signal.addEventListener("abort", () => {
        aborted();
        resolve("too late");
      });
    }),
  uncloneable: () => () => undefined,
};

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

function open(
  events: { progress(payload: Events["progress"]): void } = { progress: () => undefined },
) {
  const { port1, port2 } = new MessageChannel();
  const server = serve<Calculator, Events>(portChannel(port2), handlers);
  const client = new Client<Calculator, Events>(portChannel(port1), { events });
  closing.push(() => client.close());
  return { client, server };
}

describe("a call", () => {
  test("resolves to what the handler returns, with and without params", async () => {
    const { client } = open();
    await client.ready;
    expect(await client.call("add", { a: 1, b: 2 })).toBe(3);
    expect(await client.call("version")).toBe("1");
  });

  test("matches answers to calls that overlap", async () => {
    const { client } = open();
    const sums = [1, 2, 3].map((a) => client.call("add", { a, b: 10 }));
    expect(await Promise.all(sums)).toEqual([11, 12, 13]);
  });

  test("moves buffers in both directions", async () => {
    const { client } = open();
    const values = Float32Array.of(1, 2);
    const doubled = client.call("double", values, { transfer: [values.buffer] });
    expect(values.byteLength).toBe(0);
    expect(await doubled).toEqual(Float32Array.of(2, 4));
  });

  test("rejects params that cannot be cloned, and the channel goes on", async () => {
    const { client } = open();
    const params = { a: 1, b: (() => 2) as unknown as number };
    await expect(client.call("add", params)).rejects.toThrow("could not be cloned");
    expect(await client.call("version")).toBe("1");
  });

  test("rejects a result that cannot be cloned", async () => {
    const { client } = open();
    await expect(client.call("uncloneable")).rejects.toThrow("could not be cloned");
  });

  test("rejects a method that the server does not have", async () => {
    const { client } = open();
    await expect(client.call("toString" as "version")).rejects.toThrow("no method toString");
  });
});

describe("an error", () => {
  const thrown = async (as: "plumage" | "range" | "custom" | "text"): Promise<Error> =>
    open()
      .client.call("fail", { as })
      .catch((error: Error) => error);

  test("keeps the class, code, hint and cause of a PlumageError", async () => {
    const error = await thrown("plumage");
    expect(error).toBeInstanceOf(PlumageError);
    expect(error).toMatchObject({
      code: "bad-image",
      message: "the file is damaged",
      hint: "use another",
    });
    expect(error.cause).toBeInstanceOf(TypeError);
    expect(error.stack).toContain("rpc.test.ts");
  });

  test("keeps built-in classes, and the name of any other", async () => {
    expect(await thrown("range")).toBeInstanceOf(RangeError);
    expect(await thrown("custom")).toMatchObject({ name: "OddError", message: "odd" });
    expect(await thrown("text")).toMatchObject({ name: "Error", message: "just text" });
  });
});

describe("an abort", () => {
  test("rejects the call at once and aborts the handler's signal", async () => {
    const { client } = open();
    const controller = new AbortController();
    const call = client.call("untilAborted", undefined, { signal: controller.signal });
    controller.abort(new Error("no longer needed"));
    await expect(call).rejects.toThrow("no longer needed");
    await vi.waitFor(() => expect(aborted).toHaveBeenCalledOnce());
    expect(await client.call("version")).toBe("1");
  });

  test("before the call sends nothing", async () => {
    const { client } = open();
    const signal = AbortSignal.abort(new Error("too early"));
    await expect(client.call("version", undefined, { signal })).rejects.toThrow("too early");
  });
});

test("events reach their listeners in order, before the answer that follows them", async () => {
  const seen: number[] = [];
  const { client, server } = open({ progress: ({ done }) => seen.push(done) });
  server.emit("progress", { done: 1 });
  server.emit("progress", { done: 2 });
  await client.call("version");
  expect(seen).toEqual([1, 2]);
});

test("a closed client rejects open and later calls", async () => {
  const { client } = open();
  const call = client.call("untilAborted");
  call.catch(() => undefined);
  await client.close();
  await expect(call).rejects.toThrow("closed");
  await expect(client.call("version")).rejects.toThrow("closed");
});
