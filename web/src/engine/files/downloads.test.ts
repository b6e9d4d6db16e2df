import { createHash } from "node:crypto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Asset, Downloads } from "./downloads.ts";

const body = new TextEncoder().encode("the bytes of a model");
const asset: Asset = {
  name: "model",
  url: "https://example.org/assets/embedder-abc.onnx",
  bytes: body.length,
  sha256: createHash("sha256").update(body).digest("hex"),
};

/** What CacheStorage does, for one cache. */
class MemoryCache {
  readonly entries = new Map<string, Uint8Array<ArrayBuffer>>();
  /** Entries that fit. */
  room = 10;
  match = async (key: string) =>
    this.entries.has(key) ? new Response(this.entries.get(key)!) : undefined;
  keys = async () => [...this.entries.keys()].map((key) => new Request(key));
  delete = async ({ url }: Request) => this.entries.delete(url);
  async put(key: string, response: Response) {
    if (this.entries.size >= this.room) throw new DOMException("full", "QuotaExceededError");
    this.entries.set(key, new Uint8Array(await response.arrayBuffer()));
  }
}

let cache: MemoryCache;
const host = (answer: () => Response) =>
  vi.stubGlobal(
    "fetch",
    vi.fn(async () => answer()),
  );

beforeEach(() => {
  cache = new MemoryCache();
  vi.stubGlobal("self", { location: { href: "https://example.org/assets/worker.js" } });
  vi.stubGlobal("caches", { open: async () => cache });
});
afterEach(() => vi.unstubAllGlobals());

const download = async (report = vi.fn()) => {
  const downloads = await Downloads.open(report, [0, 0]);
  await downloads.plan([asset]);
  return { downloads, report, bytes: await downloads.get(asset) };
};

test("a file that is what it should be is reported, returned and kept", async () => {
  host(() => new Response(body));
  const { downloads, report, bytes } = await download();
  expect(bytes).toEqual(body);
  expect(report.mock.lastCall).toMatchObject([{ received: body.length, total: body.length }]);
  expect(downloads.storage).toEqual({ kept: true });

  host(() => Response.error());
  const again = await download();
  expect(again.bytes).toEqual(body);
  expect(again.report).not.toHaveBeenCalled();
});

test.each([
  [
    "a start page with status 200",
    () => new Response("<!doctype html>", { headers: { "content-type": "text/html" } }),
    "a web page in place of the model",
  ],
  [
    "a file of the same length",
    () => new Response(body.map((byte) => byte ^ 1)),
    "another file in place of the model",
  ],
  [
    "a file that is cut short",
    () => new Response(body.subarray(0, 5)),
    "another file in place of the model",
  ],
  ["a longer file", () => new Response(new Uint8Array(500)), "another file in place of the model"],
])("%s is refused and not kept", async (_, answer, message) => {
  host(answer);
  await expect(download()).rejects.toMatchObject({
    code: "bad-file",
    message: expect.stringContaining(message),
  });
  expect(cache.entries.size).toBe(0);
});

test("a host that refuses, and a network that is not there, are told apart", async () => {
  host(() => new Response("no", { status: 404 }));
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
  ["cut short", body.slice(0, 3)],
  ["changed on the disk", body.map((byte) => byte ^ 1)],
])("a kept file that was %s is fetched again, and kept whole", async (_, damaged) => {
  host(() => new Response(body));
  await download();
  const [key] = cache.entries.keys();
  cache.entries.set(key!, damaged);
  const { bytes, report } = await download();
  expect(bytes).toEqual(body);
  expect(report.mock.lastCall).toMatchObject([{ received: body.length, total: body.length }]);
  expect(cache.entries.get(key!)).toEqual(body);
});

/** A body that gives some bytes and then breaks off. */
const broken = (bytes: Uint8Array) => {
  let given = false;
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      if (given) controller.error(new TypeError("network error"));
      else controller.enqueue(bytes);
      given = true;
    },
  });
};
/** Answers in turn; what was asked comes back. */
const inTurn = (...answers: Response[]) => {
  const asked: RequestInit[] = [];
  vi.stubGlobal("fetch", async (_: string, init: RequestInit) => {
    asked.push(init);
    return answers.shift() ?? Response.error();
  });
  return asked;
};

test("a download that breaks off goes on where it stopped", async () => {
  const rest = new Response(body.slice(7), {
    status: 206,
    headers: { "content-range": `bytes 7-${body.length - 1}/${body.length}` },
  });
  const asked = inTurn(new Response(broken(body.slice(0, 7))), rest);
  const { bytes, report } = await download();
  expect(bytes).toEqual(body);
  expect(asked[1]!.headers).toEqual({ range: "bytes=7-" });
  expect(report.mock.lastCall).toMatchObject([{ received: body.length, total: body.length }]);
});

test("a host that knows no ranges sends it all again", async () => {
  inTurn(new Response(broken(body.slice(0, 7))), new Response(body));
  const { bytes, report } = await download();
  expect(bytes).toEqual(body);
  expect(report.mock.lastCall).toMatchObject([{ received: body.length, total: body.length }]);
});

test("a wrong file is asked for once more, past the browser's own cache", async () => {
  const asked = inTurn(new Response(body.map((byte) => byte ^ 1)), new Response(body));
  expect((await download()).bytes).toEqual(body);
  expect(asked.map(({ cache }) => cache)).toEqual([undefined, "reload"]);
});

test("a download that keeps breaking off says so", async () => {
  host(() => new Response(broken(body.slice(0, 2))));
  await expect(download()).rejects.toMatchObject({
    code: "unavailable",
    message: "the download of the model broke off",
  });
});

test("full storage, or none at all, does not keep a page from working", async () => {
  host(() => new Response(body));
  cache.room = 0;
  vi.stubGlobal("navigator", { storage: { estimate: async () => ({ quota: 10, usage: 4 }) } });
  const full = await download();
  expect(full.bytes).toEqual(body);
  expect(full.downloads.storage).toEqual({
    kept: false,
    reason: "full",
    needed: body.length,
    free: 6,
  });
  vi.stubGlobal("caches", undefined);
  const none = await download();
  expect(none.bytes).toEqual(body);
  expect(none.downloads.storage).toEqual({ kept: false, reason: "none" });
});

test("full storage is made room in by letting go of earlier builds", async () => {
  host(() => new Response(body));
  cache.entries.set("https://plumage.invalid/sha256/0123", body);
  cache.room = 1;
  expect((await download()).downloads.storage).toEqual({ kept: true });
});

test("files of earlier builds are let go of", async () => {
  host(() => new Response(body));
  const { downloads } = await download();
  cache.entries.set("https://plumage.invalid/sha256/0123", body);
  await downloads.forgetOthers();
  expect([...cache.entries.keys()]).toEqual([`https://plumage.invalid/sha256/${asset.sha256}`]);
});
