import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fetchWeights, imagenetWeights } from "./imagenet.ts";

const content = Buffer.alloc(100_000, "weights");
const digest = createHash("sha256").update(content).digest("hex").slice(0, 8);
const { signal } = new AbortController();
let folder: string;
let server: Server;
let address: string;
let requests: string[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "plumage-imagenet-"));
  requests = [];
  server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    response.writeHead(200, { "content-length": content.length });
    response.end(request.method === "HEAD" ? undefined : content);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

test("addresses contain the first digits of a digest", () => {
  for (const url of Object.values(imagenetWeights))
    expect(url).toMatch(/^https:.*\/resnet50-[0-9a-f]{8}\.pth$/);
});

test("downloads a file once and verifies the digest in its name", async () => {
  const url = `${address}/net-${digest}.pth`;
  const path = await fetchWeights("", signal, folder, url);
  expect(readFileSync(path)).toEqual(content);
  expect(requests).toEqual([`HEAD /net-${digest}.pth`, `GET /net-${digest}.pth`]);
  expect(await fetchWeights("", signal, folder, url)).toBe(path);
  expect(requests).toHaveLength(2);
});

test("deletes a file with another digest", async () => {
  const refused = fetchWeights("", signal, folder, `${address}/net-01234567.pth`);
  await expect(refused).rejects.toMatchObject({ code: "bad-file" });
  expect(existsSync(join(folder, "net-01234567.pth"))).toBe(false);
});

test("suggests --weights FILE without a connection", async () => {
  const refused = fetchWeights("", signal, folder, "http://127.0.0.1:9/net-01234567.pth");
  await expect(refused).rejects.toMatchObject({
    code: "unavailable",
    hint: expect.stringMatching(/--weights FILE/),
  });
});
