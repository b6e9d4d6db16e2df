import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeFileWhole } from "@plumage/models/node";
import { create } from "tar";
import { afterAll, beforeAll, expect, it } from "vitest";
import { drawBirds } from "../../../test/drawnBirds.ts";
import { downloadCub } from "./archive.ts";
import { cubItems } from "./index.ts";

let folder: string;
let archive: Buffer;
let server: Server;
let requests = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "plumage-archive-"));
  await drawBirds(join(folder, "CUB_200_2011"), { classes: 2, perClass: 2, seed: 1 });
  // As in the original archive.
  await writeFileWhole(join(folder, "attributes.txt"), "1 has_bill_shape::curved\n");
  const file = join(folder, "birds.tgz");
  await create({ gzip: true, file, cwd: folder }, ["attributes.txt", "CUB_200_2011"]);
  archive = readFileSync(file);
  server = createServer((_, response) => {
    requests++;
    response.end(archive);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

it("downloads and unpacks the archive once", async () => {
  const home = join(folder, "home");
  const source = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/birds.tgz`,
    bytes: archive.length,
    digest: { algorithm: "md5" as const, hex: createHash("md5").update(archive).digest("hex") },
  };
  const printed: string[] = [];
  const context = {
    signal: new AbortController().signal,
    print: (line: string) => printed.push(line),
  };
  const unpacked = await downloadCub(context, source, home);
  expect(unpacked).toBe(join(home, "CUB_200_2011"));
  const items = await cubItems(unpacked, true);
  expect(items).toHaveLength(4);
  for (const { path } of items) expect(existsSync(path)).toBe(true);
  expect(readdirSync(home)).toEqual(["CUB_200_2011"]);

  expect(await downloadCub(context, source, home)).toBe(unpacked);
  expect(requests).toBe(1);
  expect(printed).toHaveLength(1);
});
