/** Common HTTP clients that send too much: each must read why it was refused. */
import { execFile, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { contextOf } from "../../test/support/context.ts";
import { useGallery, useTinyModel } from "../../test/support/gallery.ts";
import { openEmbeddedInThread } from "../../test/support/stores.ts";
import { createApp } from "../api/app.ts";
import { maxBodyBytes } from "../api/upload/bodyBuffers.ts";
import { createHttpServer } from "./createHttpServer.ts";

const model = useTinyModel();
const gallery = useGallery(openEmbeddedInThread, model, 1);
let folder: string;
let file: string;
let server: Server;
let url: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "plumage-clients-"));
  file = join(folder, "large.png");
  writeFileSync(file, new Uint8Array(maxBodyBytes + 2 ** 20));
  server = createHttpServer(createApp(contextOf(model, gallery.collection)).fetch);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/search`;
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

const isMissing = (program: string) => spawnSync(program, ["--version"]).status !== 0;

const curl = ["--silent", "--show-error", "--output", "-", "--write-out", "%{http_code}"];
// curl itself expects "100 Continue" before it sends more than a megabyte.
test.skipIf(isMissing("curl")).each([
  ["expecting 100 Continue", []],
  ["without expecting it", ["--header", "Expect:"]],
  ["in chunks", ["--header", "Transfer-Encoding: chunked"]],
])("curl, %s, reads 413", async (_, args) => {
  const { stdout } = await promisify(execFile)("curl", [
    ...curl,
    ...args,
    ...["--data-binary", `@${file}`, url],
  ]);
  expect(stdout).toMatch(/"status":413.*413$/);
});

const python = `
import sys, urllib.request, urllib.error
path, url, expect = sys.argv[1:]
headers = {"content-type": "image/png", **({"expect": "100-continue"} if expect == "yes" else {})}
body = open(path, "rb").read()
try:
    urllib.request.urlopen(urllib.request.Request(url, data=body, headers=headers))
except urllib.error.HTTPError as error:
    print(error.code, error.read().decode())
`;
test.skipIf(isMissing("python3")).each(["yes", "no"])(
  "Python's urllib reads 413 (Expect: %s)",
  async (expectation) => {
    const args = ["-c", python, file, url, expectation];
    const { stdout } = await promisify(execFile)("python3", args);
    expect(stdout).toMatch(/^413 .*"status":413/);
  },
);

test("fetch reads 413", async () => {
  const body = new Uint8Array(maxBodyBytes + 2 ** 20);
  const answer = await fetch(url, { method: "POST", body });
  expect([answer.status, (await answer.json()).status]).toEqual([413, 413]);
});
