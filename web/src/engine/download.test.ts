import { createHash } from "node:crypto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Asset, Downloads } from "./download.ts";

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
  full = false;
  match = async (key: string) => (this.entries.has(key) ? new Response(this.entries.get(key)!) : undefined);
  keys = async () => [...this.entries.keys()].map((key) => new Request(key));
  delete = async ({ url }: Request) => this.entries.delete(url);
  async put(key: string, response: Response) {
    if (this.full) throw new DOMException("full", "QuotaExceededError");
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
  const downloads = await Downloads.plan([asset], report);
  return { downloads, report, bytes: await downloads.get(asset) };
};

test("a file that is what it should be is reported, returned and kept", async () => {
  host(() => new Response(body));
  const { downloads, report, bytes } = await download();
  expect(bytes).toEqual(body);
  expect(report.mock.lastCall).toEqual([{ received: body.length, total: body.length }]);
  expect(downloads.kept).toBe(true);

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
  ["a file of the same length", () => new Response(body.map((byte) => byte ^ 1)), "another file in place of the model"],
  ["a file that is cut short", () => new Response(body.subarray(0, 5)), "another file in place of the model"],
  ["a longer file", () => new Response(new Uint8Array(500)), "another file in place of the model"],
])("%s is refused and not kept", async (_, answer, message) => {
  host(answer);
  await expect(download()).rejects.toMatchObject({ code: "bad-file", message: expect.stringContaining(message) });
  expect(cache.entries.size).toBe(0);
});

test("a host that refuses, and a network that is not there, are told apart", async () => {
  host(() => new Response("no", { status: 404 }));
  await expect(download()).rejects.toMatchObject({ code: "unavailable", message: expect.stringContaining("404") });
  vi.stubGlobal("fetch", async () => {
    throw new TypeError("Failed to fetch");
  });
  await expect(download()).rejects.toMatchObject({ code: "unavailable", hint: expect.stringContaining("network") });
});

test("a kept file of another length is fetched again", async () => {
  host(() => new Response(body));
  await download();
  const [key] = cache.entries.keys();
  cache.entries.set(key!, body.slice(0, 3));
  expect((await download()).bytes).toEqual(body);
});

test("full storage, or none at all, does not keep a page from working", async () => {
  host(() => new Response(body));
  cache.full = true;
  const full = await download();
  expect([full.bytes, full.downloads.kept]).toEqual([body, false]);
  vi.stubGlobal("caches", undefined);
  const none = await download();
  expect([none.bytes, none.downloads.kept]).toEqual([body, false]);
});

test("files of earlier builds are let go of", async () => {
  host(() => new Response(body));
  const { downloads } = await download();
  cache.entries.set("https://plumage.invalid/sha256/0123", body);
  await downloads.keepOnly([asset]);
  expect([...cache.entries.keys()]).toEqual([`https://plumage.invalid/sha256/${asset.sha256}`]);
});
