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
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { KnownEncoder } from "./encoderTable.ts";
import { fetchEncoder, fetchText, hubEndpoint } from "./fetchEncoder.ts";

const content = Buffer.alloc(200_000, "encoder");
const sha256 = createHash("sha256").update(content).digest("hex");
const encoder: KnownEncoder = {
  repository: "someone/net",
  revision: "8b1f705a3a7f6f062f6bdd21986c1583d3ef105d",
  file: "onnx/model.onnx",
  bytes: content.length,
  sha256,
  license: { name: "MIT", source: "https://example.org/LICENSE" },
  published: { how: "k-NN", top1: 79, source: "https://example.org/README" },
  choices: { preset: "imagenet", shorterSide: 256 },
};
const { bytes: _, sha256: __, ...withoutDigest } = encoder;
const path = "/someone/net/resolve/8b1f705a3a7f6f062f6bdd21986c1583d3ef105d/onnx/model.onnx";

const tokenizerPath = path.replace("onnx/model.onnx", "tokenizer.json");

let server: Server;
let endpoint: string;
let folder: string;
let requests: string[];
let printed: string[];
/** What the server redirects to, as Hugging Face does, with the headers of the redirect. */
let served: { body: Buffer; headers: Record<string, string> };

beforeAll(async () => {
  server = createServer((request, response) => {
    const { range } = request.headers;
    requests.push(`${request.method} ${request.url}${range ? ` ${range}` : ""}`);
    if (request.url === path || request.url === tokenizerPath)
      return void response.writeHead(302, { location: "/storage", ...served.headers }).end();
    if (request.url !== "/storage") return void response.writeHead(404).end();
    const start = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
    const { length } = served.body;
    response.writeHead(range ? 206 : 200, {
      "content-length": length - start,
      ...(range ? { "content-range": `bytes ${start}-${length - 1}/${length}` } : {}),
    });
    response.end(request.method === "HEAD" ? undefined : served.body.subarray(start));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  folder = mkdtempSync(join(tmpdir(), "plumage-encoders-"));
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  rmSync(folder, { recursive: true });
  mkdirSync(folder);
  requests = [];
  printed = [];
  served = { body: content, headers: {} };
});

const fetchIt = (row: KnownEncoder = encoder, from = endpoint) =>
  fetchEncoder("net", row, {
    print: (line) => printed.push(line),
    signal: new AbortController().signal,
    folder,
    endpoint: from,
  });
const downloaded = () => requests.filter((request) => request.startsWith("GET /storage"));

test("names the license, downloads once, and keeps the file", async () => {
  const file = await fetchIt();
  expect(file).toBe(join(folder, "net.onnx"));
  expect(readFileSync(file).equals(content)).toBe(true);
  expect(printed[0]).toBe("net is under MIT (https://example.org/LICENSE)");
  expect(printed[1]).toMatch(/^downloading http.*\/onnx\/model\.onnx \(0\.2 MB; press Ctrl-C/);
  expect(await fetchIt()).toBe(file);
  expect(downloaded()).toHaveLength(1);
});

test("resumes what an interrupted download left", async () => {
  writeFileSync(join(folder, "net.onnx.part"), content.subarray(0, 150_000));
  expect(readFileSync(await fetchIt()).equals(content)).toBe(true);
  expect(downloaded()).toEqual(["GET /storage bytes=150000-"]);
  expect(readdirSync(folder)).toEqual(["net.onnx"]);
});

test("downloads a damaged file again", async () => {
  writeFileSync(join(folder, "net.onnx"), content.subarray(1));
  expect(readFileSync(await fetchIt()).equals(content)).toBe(true);
});

test("refuses a file of another length before it downloads it", async () => {
  served = { body: content.subarray(1), headers: {} };
  await expect(fetchIt()).rejects.toMatchObject({
    code: "bad-file",
    message: expect.stringMatching(/has 199999 bytes, not 200000$/),
  });
  expect(downloaded()).toEqual([]);
});

test.each<[string, KnownEncoder, Record<string, string>]>([
  ["the table's", encoder, {}],
  ["the server's", withoutDigest, { "x-linked-etag": `"${sha256}"` }],
])("deletes a file whose digest is not %s", async (_name, row, headers) => {
  const body = Buffer.from(content);
  body[7]! ^= 1;
  served = { body, headers };
  await expect(fetchIt(row)).rejects.toMatchObject({
    code: "bad-file",
    message: expect.stringMatching(new RegExp(`has the sha256 [0-9a-f]{64}, not ${sha256}$`)),
  });
  expect(readdirSync(folder)).toEqual([]);
});

test("says so if nobody knows the digest", async () => {
  await fetchIt(withoutDigest);
  expect(printed.at(-1)).toMatch(/no digest: only the length/);
  expect(existsSync(join(folder, "net.onnx"))).toBe(true);
});

test.each<[string, KnownEncoder, (from: string) => string, RegExp]>([
  ["there is no connection", encoder, () => "http://127.0.0.1:9", /cannot be downloaded/],
  [
    "the server has no such file",
    { ...encoder, repository: "else/net" },
    (from) => from,
    /the server responds with 404/,
  ],
])("says how to import without a download if %s", async (_name, row, from, message) => {
  await expect(fetchIt(row, from(endpoint))).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringMatching(message),
    hint:
      "get the file elsewhere and replace --model by --onnx FILE --preset imagenet " +
      "--shorter-side 256, or set HF_ENDPOINT to a mirror",
  });
});

test("downloads a text encoder with its tokenizer, and says what it reads", async () => {
  const file = { bytes: content.length, sha256 };
  const text = {
    onnx: { ...file, file: "onnx/model.onnx" },
    tokenizer: { ...file, file: "tokenizer.json" },
    choices: { textOutput: "text_embeds", textPad: "</s>" },
  };
  const options = { print: () => {}, signal: new AbortController().signal, folder, endpoint };
  expect(await fetchText("net", encoder, text, options)).toEqual({
    path: join(folder, "net.text.onnx"),
    tokenizer: join(folder, "net.tokenizer.json"),
    textOutput: "text_embeds",
    textPad: "</s>",
  });
  expect(readdirSync(folder)).toEqual(["net.text.onnx", "net.tokenizer.json"]);
  const absent = { ...text, tokenizer: { ...file, file: "absent.json" } };
  rmSync(join(folder, "net.tokenizer.json"));
  await expect(fetchText("net", encoder, absent, options)).rejects.toMatchObject({
    code: "unavailable",
    hint:
      "leave it out with --no-text, or get the files elsewhere and add --text-onnx FILE " +
      "--tokenizer FILE --text-output text_embeds --text-pad </s>",
  });
});

test("takes the address of a mirror from HF_ENDPOINT", () => {
  expect(hubEndpoint(undefined)).toBe("https://huggingface.co");
  expect(hubEndpoint("https://mirror.example/hf/")).toBe("https://mirror.example/hf");
  expect(() => hubEndpoint("mirror")).toThrow(/^HF_ENDPOINT=mirror: use an address/);
});
