import { createHash } from "node:crypto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Asset } from "./asset.ts";
import { Downloads } from "./downloads.ts";

const body = new TextEncoder().encode("the bytes of a model");
const asset: Asset = {
  name: "model",
  url: "https://example.org/assets/embedder-abc.onnx",
  bytes: body.length,
  sha256: createHash("sha256").update(body).digest("hex"),
};

/** A cache of CacheStorage, in memory. */
class MemoryCache {
  readonly entries = new Map<string, Uint8Array<ArrayBuffer>>();
  /** Number of entries that fit. */
  capacity = 10;
  match = async (key: string) =>
    this.entries.has(key) ? new Response(this.entries.get(key)!) : undefined;
  keys = async () => [...this.entries.keys()].map((key) => new Request(key));
  delete = async ({ url }: Request) => this.entries.delete(url);
  async put(key: string, response: Response) {
    if (this.entries.size >= this.capacity) throw new DOMException("full", "QuotaExceededError");
    this.entries.set(key, new Uint8Array(await response.arrayBuffer()));
  }
}

let cache: MemoryCache;
const stubHost = (respond: () => Response) =>
  vi.stubGlobal(
    "fetch",
    vi.fn(async () => respond()),
  );

beforeEach(() => {
  cache = new MemoryCache();
  vi.stubGlobal("self", { location: { href: "https://example.org/assets/worker.js" } });
  vi.stubGlobal("caches", { open: async () => cache });
});
afterEach(() => vi.unstubAllGlobals());

const download = async (onProgress = vi.fn()) => {
  const downloads = await Downloads.open(onProgress, [0, 0]);
  await downloads.plan([asset]);
  return { downloads, onProgress, bytes: await downloads.get(asset) };
};

test("downloads a file, reports progress, and stores it for the next visit", async () => {
  stubHost(() => new Response(body));
  const { downloads, onProgress, bytes } = await download();
  expect(bytes).toEqual(body);
  expect(onProgress.mock.lastCall).toMatchObject([{ received: body.length, total: body.length }]);
  expect(downloads.storage).toEqual({ stored: true });

  stubHost(() => Response.error());
  const again = await download();
  expect(again.bytes).toEqual(body);
  expect(again.onProgress).not.toHaveBeenCalled();
});

test.each([
  [
    "a start page with status 200",
    () => new Response("<!doctype html>", { headers: { "content-type": "text/html" } }),
    "a web page instead of the model",
  ],
  [
    "a file of the same length",
    () => new Response(body.map((byte) => byte ^ 1)),
    "a different file instead of the model",
  ],
  [
    "a truncated file",
    () => new Response(body.subarray(0, 5)),
    "a different file instead of the model",
  ],
  [
    "a longer file",
    () => new Response(new Uint8Array(500)),
    "a different file instead of the model",
  ],
])("rejects %s and does not store it", async (_, respond, message) => {
  stubHost(respond);
  await expect(download()).rejects.toMatchObject({
    code: "bad-file",
    message: expect.stringContaining(message),
  });
  expect(cache.entries.size).toBe(0);
});

test("distinguishes an HTTP error from a network failure", async () => {
  stubHost(() => new Response("no", { status: 404 }));
  await expect(download()).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringContaining("404"),
  });
  vi.stubGlobal("fetch", async () => {
    throw new TypeError("Failed to fetch");
  });
  await expect(download()).rejects.toMatchObject({
    code: "unavailable",
    hint: expect.stringContaining("network"),
  });
});

test.each([
  ["truncated", body.slice(0, 3)],
  ["corrupted", body.map((byte) => byte ^ 1)],
])("downloads a %s stored file again and replaces it", async (_, damaged) => {
  stubHost(() => new Response(body));
  await download();
  const [key] = cache.entries.keys();
  cache.entries.set(key!, damaged);
  const { bytes, onProgress } = await download();
  expect(bytes).toEqual(body);
  expect(onProgress.mock.lastCall).toMatchObject([{ received: body.length, total: body.length }]);
  expect(cache.entries.get(key!)).toEqual(body);
});

/** A body that fails after some bytes. */
const failing = (bytes: Uint8Array) => {
  let sent = false;
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent) controller.error(new TypeError("network error"));
      else controller.enqueue(bytes);
      sent = true;
    },
  });
};
/** Returns the responses in order, and records the requests. */
const respondInOrder = (...responses: Response[]) => {
  const requests: RequestInit[] = [];
  vi.stubGlobal("fetch", async (_: string, init: RequestInit) => {
    requests.push(init);
    return responses.shift() ?? Response.error();
  });
  return requests;
};

test("resumes an interrupted download with a range request", async () => {
  const rest = new Response(body.slice(7), {
    status: 206,
    headers: { "content-range": `bytes 7-${body.length - 1}/${body.length}` },
  });
  const requests = respondInOrder(new Response(failing(body.slice(0, 7))), rest);
  const { bytes, onProgress } = await download();
  expect(bytes).toEqual(body);
  expect(requests[1]!.headers).toEqual({ range: "bytes=7-" });
  expect(onProgress.mock.lastCall).toMatchObject([{ received: body.length, total: body.length }]);
});

test("starts over when the host ignores the range", async () => {
  respondInOrder(new Response(failing(body.slice(0, 7))), new Response(body));
  const { bytes, onProgress } = await download();
  expect(bytes).toEqual(body);
  expect(onProgress.mock.lastCall).toMatchObject([{ received: body.length, total: body.length }]);
});

test("requests a wrong file once more, bypassing the HTTP cache", async () => {
  const requests = respondInOrder(new Response(body.map((byte) => byte ^ 1)), new Response(body));
  expect((await download()).bytes).toEqual(body);
  expect(requests.map(({ cache }) => cache)).toEqual([undefined, "reload"]);
});

test("gives up on a download that keeps failing", async () => {
  stubHost(() => new Response(failing(body.slice(0, 2))));
  await expect(download()).rejects.toMatchObject({
    code: "unavailable",
    message: "the download of the model was interrupted",
  });
});

test("returns files when storage is full or unavailable", async () => {
  stubHost(() => new Response(body));
  cache.capacity = 0;
  vi.stubGlobal("navigator", { storage: { estimate: async () => ({ quota: 10, usage: 4 }) } });
  const full = await download();
  expect(full.bytes).toEqual(body);
  expect(full.downloads.storage).toEqual({
    stored: false,
    reason: "full",
    neededBytes: body.length,
    freeBytes: 6,
  });
  vi.stubGlobal("caches", undefined);
  const none = await download();
  expect(none.bytes).toEqual(body);
  expect(none.downloads.storage).toEqual({ stored: false, reason: "unavailable" });
});

test("deletes files of earlier builds when storage is full", async () => {
  stubHost(() => new Response(body));
  cache.entries.set("https://plumage.invalid/sha256/0123", body);
  cache.capacity = 1;
  expect((await download()).downloads.storage).toEqual({ stored: true });
});

test("deletes files of earlier builds on request", async () => {
  stubHost(() => new Response(body));
  const { downloads } = await download();
  cache.entries.set("https://plumage.invalid/sha256/0123", body);
  await downloads.deleteOthers();
  expect([...cache.entries.keys()]).toEqual([`https://plumage.invalid/sha256/${asset.sha256}`]);
});
