import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { uniform } from "@plumage/models";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
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
  patience: 1,
});

/**
 * Answers as a file server does, continuing where it is asked to, and ends or cuts the connection
 * after `most` bytes.
 */
function serve(
  request: IncomingMessage,
  response: ServerResponse,
  most = Number.POSITIVE_INFINITY,
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
  if (rest.length <= most) response.end(rest);
  else response.write(rest.subarray(0, most), () => setTimeout(() => response.destroy(), 50));
}

/** A part of an earlier run. */
function begun(bytes: Uint8Array): void {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(`${path}.part`, bytes);
}

const arrived = () => {
  expect(readFileSync(path).equals(content)).toBe(true);
  expect(readdirSync(join(path, ".."))).toEqual(["file.bin"]);
};

it("downloads the whole file", async () => {
  handle = serve;
  await download(source(), path, options());
  arrived();
  expect(ranges).toEqual([undefined]);
});

it("follows a redirect, as the public address gives", async () => {
  handle = (request, response) => {
    if (request.url === "/file.bin") response.writeHead(302, { location: "/elsewhere" }).end();
    else serve(request, response);
  };
  begun(content.subarray(0, half));
  await download(source(), path, options());
  arrived();
  expect(ranges).toEqual([`bytes=${half}-`, `bytes=${half}-`]);
});

it("goes on by itself where the connection broke, as often as it takes", async () => {
  handle = (request, response) => serve(request, response, 400_000);
  await download(source(), path, options());
  arrived();
  expect(ranges.length).toBeGreaterThan(5);
  const starts = ranges.slice(1).map((range) => Number(/^bytes=(\d+)-$/.exec(range!)![1]));
  expect(starts).toEqual(starts.toSorted((a, b) => a - b));
  expect(starts[0]).toBeGreaterThan(0);
});

it("goes on with the part of a run that was stopped", async () => {
  const stop = new AbortController();
  handle = (request, response) => {
    serve(request, response, half);
    setTimeout(() => stop.abort(), 30);
  };
  await expect(download(source(), path, options(stop.signal))).rejects.toThrow(/abort/i);
  expect(existsSync(path)).toBe(false);
  const { length } = readFileSync(`${path}.part`);
  expect(length).toBeGreaterThan(0);

  handle = serve;
  await download(source(), path, options());
  arrived();
  expect(ranges).toEqual([undefined, `bytes=${length}-`]);
});

it("begins anew where the server cannot continue a file", async () => {
  handle = (_, response) => response.end(content);
  begun(content.subarray(0, half));
  await download(source(), path, options());
  arrived();
});

it("begins anew where the part is longer than the file", async () => {
  handle = serve;
  begun(Buffer.concat([content, content]));
  await download(source(), path, options());
  arrived();
  expect(ranges).toEqual([`bytes=${2 * content.length}-`, undefined]);
});

it("does not take bytes from another place for those it asked for", async () => {
  let calls = 0;
  handle = (request, response) => {
    if (calls++ > 0) return serve(request, response);
    response.writeHead(206, {
      "content-range": `bytes 10-${content.length - 1}/${content.length}`,
    });
    response.end(content.subarray(10));
  };
  begun(content.subarray(0, half));
  await download(source(), path, options());
  arrived();
});

it("asks no server for a part that is whole already", async () => {
  handle = serve;
  begun(content);
  await download(source(), path, options());
  arrived();
  expect(ranges).toEqual([]);
});

it("removes a file of another digest, and says so", async () => {
  handle = serve;
  const other = Buffer.from(content.subarray(0, half));
  other[7]! ^= 1;
  begun(other);
  await expect(download(source(), path, options())).rejects.toMatchObject({
    code: "bad-file",
    message: expect.stringMatching(/has the sha256 [0-9a-f]{64}, not [0-9a-f]{64}$/),
  });
  expect(readdirSync(join(path, ".."))).toEqual([]);
  await download(source(), path, options());
  arrived();
});

it("removes a file that is longer than it should be", async () => {
  handle = (_, response) => response.end(Buffer.concat([content, content]));
  await expect(download(source(), path, options())).rejects.toMatchObject({
    code: "bad-file",
    message: expect.stringContaining("more than its 3000000 bytes"),
  });
  expect(readdirSync(join(path, ".."))).toEqual([]);
});

it.each<[string, Handler, string, number]>([
  ["refuses", (_, response) => response.writeHead(404).end(), "the server answers 404", 1],
  ["is out of order", (_, response) => response.writeHead(503).end(), "the server answers 503", 4],
  ["hangs up", (_, response) => response.destroy(), "cannot be downloaded", 4],
  [
    "always sends less",
    (_, response) => response.end(content.subarray(0, half)),
    "it sends less than all",
    5,
  ],
])("gives up, with what to do, where the server %s", async (_, handler, message, requests) => {
  handle = handler;
  await expect(download(source(), path, options())).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringContaining(message),
    hint: "do this",
  });
  expect(ranges).toHaveLength(requests);
});

it("says so where nothing answers", async () => {
  const nowhere = { ...source(), url: "http://127.0.0.1:1/file.bin" };
  await expect(download(nowhere, path, options())).rejects.toMatchObject({
    code: "unavailable",
    hint: "do this",
  });
});
