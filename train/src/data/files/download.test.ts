import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { uniform } from "@plumage/models";
import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { type DownloadSource, download } from "./download.ts";

const next = uniform(5);
const content = Buffer.from(Uint8Array.from({ length: 3_000_000 }, () => Math.floor(next() * 256)));
const half = 1_500_000;

type Handler = (request: IncomingMessage, response: ServerResponse) => void;
let handle: Handler;
let ranges: (string | undefined)[];
let server: Server;
let folder: string;
let path: string;
let files = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "plumage-download-"));
  server = createServer((request, response) => {
    ranges.push(request.headers.range);
    handle(request, response);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  ranges = [];
  path = join(folder, `${files++}`, "file.bin");
});

const source = (): DownloadSource => ({
  url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/file.bin`,
  bytes: content.length,
  digest: { algorithm: "sha256", hex: createHash("sha256").update(content).digest("hex") },
});
const options = (signal = new AbortController().signal) => ({
  title: "test",
  hint: "do this",
  signal,
  retryDelay: 1,
});

/**
 * Responds as a file server with range support, and closes the connection after `limit` bytes.
 */
function serve(
  request: IncomingMessage,
  response: ServerResponse,
  limit = Number.POSITIVE_INFINITY,
): void {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  if (start >= content.length) {
    response.writeHead(416, { "content-range": `bytes */${content.length}` }).end();
    return;
  }
  const rest = content.subarray(start);
  const range =
    start > 0 ? { "content-range": `bytes ${start}-${content.length - 1}/${content.length}` } : {};
  response.writeHead(start > 0 ? 206 : 200, { "content-length": rest.length, ...range });
  if (rest.length <= limit) response.end(rest);
  else response.write(rest.subarray(0, limit), () => void closeAt(start + limit));

  async function closeAt(size: number): Promise<void> {
    await partReaches(size);
    response.destroy();
  }
}

/** Resolves when the partial file has this many bytes. */
const partReaches = (size: number): Promise<void> =>
  vi.waitFor(() => expect(statSync(`${path}.part`).size).toBeGreaterThanOrEqual(size), {
    timeout: 30_000,
    interval: 5,
  });

/** Writes the partial file of an earlier run. */
function writePart(bytes: Uint8Array): void {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(`${path}.part`, bytes);
}

const expectDownloaded = () => {
  expect(readFileSync(path).equals(content)).toBe(true);
  expect(readdirSync(join(path, ".."))).toEqual(["file.bin"]);
};

it("downloads the whole file", async () => {
  handle = serve;
  await download(source(), path, options());
  expectDownloaded();
  expect(ranges).toEqual([undefined]);
});

it("follows a redirect and keeps the range", async () => {
  handle = (request, response) => {
    if (request.url === "/file.bin") response.writeHead(302, { location: "/elsewhere" }).end();
    else serve(request, response);
  };
  writePart(content.subarray(0, half));
  await download(source(), path, options());
  expectDownloaded();
  expect(ranges).toEqual([`bytes=${half}-`, `bytes=${half}-`]);
});

it("resumes as often as the connection breaks", async () => {
  handle = (request, response) => serve(request, response, 400_000);
  await download(source(), path, options());
  expectDownloaded();
  expect(ranges).toEqual([
    undefined,
    ...[1, 2, 3, 4, 5, 6, 7].map((part) => `bytes=${part * 400_000}-`),
  ]);
});

it("resumes an aborted download", async () => {
  const stop = new AbortController();
  handle = (_, response) => {
    response.write(content.subarray(0, half));
    void partReaches(half).then(() => stop.abort());
  };
  await expect(download(source(), path, options(stop.signal))).rejects.toThrow(/abort/i);
  expect(existsSync(path)).toBe(false);
  expect(readFileSync(`${path}.part`)).toHaveLength(half);

  handle = serve;
  await download(source(), path, options());
  expectDownloaded();
  expect(ranges).toEqual([undefined, `bytes=${half}-`]);
});

it("starts over if the server does not support ranges", async () => {
  handle = (_, response) => response.end(content);
  writePart(content.subarray(0, half));
  await download(source(), path, options());
  expectDownloaded();
});

it("starts over if the part is longer than the file", async () => {
  handle = serve;
  writePart(Buffer.concat([content, content]));
  await download(source(), path, options());
  expectDownloaded();
  expect(ranges).toEqual([`bytes=${2 * content.length}-`, undefined]);
});

it("discards a response with another range", async () => {
  let calls = 0;
  handle = (request, response) => {
    if (calls++ > 0) return serve(request, response);
    response.writeHead(206, {
      "content-range": `bytes 10-${content.length - 1}/${content.length}`,
    });
    response.end(content.subarray(10));
  };
  writePart(content.subarray(0, half));
  await download(source(), path, options());
  expectDownloaded();
});

it("sends no request if the part is complete", async () => {
  handle = serve;
  writePart(content);
  await download(source(), path, options());
  expectDownloaded();
  expect(ranges).toEqual([]);
});

it("deletes a file with another digest", async () => {
  handle = serve;
  const other = Buffer.from(content.subarray(0, half));
  other[7]! ^= 1;
  writePart(other);
  await expect(download(source(), path, options())).rejects.toMatchObject({
    code: "bad-file",
    message: expect.stringMatching(/has the sha256 [0-9a-f]{64}, not [0-9a-f]{64}$/),
  });
  expect(readdirSync(join(path, ".."))).toEqual([]);
  await download(source(), path, options());
  expectDownloaded();
});

it("deletes a file that is too long", async () => {
  handle = (_, response) => response.end(Buffer.concat([content, content]));
  await expect(download(source(), path, options())).rejects.toMatchObject({
    code: "bad-file",
    message: expect.stringContaining("more than 3000000 bytes"),
  });
  expect(readdirSync(join(path, ".."))).toEqual([]);
});

it.each<[string, Handler, string, number]>([
  [
    "responds with 404",
    (_, response) => response.writeHead(404).end(),
    "the server responds with 404",
    1,
  ],
  [
    "responds with 503",
    (_, response) => response.writeHead(503).end(),
    "the server responds with 503",
    4,
  ],
  ["closes the connection", (_, response) => response.destroy(), "cannot be downloaded", 4],
  [
    "always sends an incomplete file",
    (_, response) => response.end(content.subarray(0, half)),
    "the server sends an incomplete file",
    5,
  ],
])("gives up with a hint if the server %s", async (_, handler, message, requests) => {
  handle = handler;
  await expect(download(source(), path, options())).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringContaining(message),
    hint: "do this",
  });
  expect(ranges).toHaveLength(requests);
});

it("gives up with a hint if the server cannot be reached", async () => {
  const nowhere = { ...source(), url: "http://127.0.0.1:1/file.bin" };
  await expect(download(nowhere, path, options())).rejects.toMatchObject({
    code: "unavailable",
    hint: "do this",
  });
});
