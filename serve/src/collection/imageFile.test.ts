import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openImageFile, readStart, readWhole, streamFile } from "./imageFile.ts";

const content = Uint8Array.from({ length: 600_000 }, (_, i) => i * 7);
let folder: string;
let path: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "plumage-files-")));
  mkdirSync(join(folder, "birds"));
  path = join(folder, "birds", "a.png");
  writeFileSync(path, content);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Open files of this process in the test's folder. */
const openFiles = () =>
  readdirSync("/proc/self/fd").filter((fd) => {
    try {
      return realpathSync(`/proc/self/fd/${fd}`).startsWith(folder);
    } catch {
      return false;
    }
  }).length;

describe("opens a file as it was indexed, but not", () => {
  test("a file that is gone", async () => {
    rmSync(path);
    expect(await openImageFile(path)).toBeUndefined();
  });

  test("a link in its place", async () => {
    renameSync(path, join(folder, "secret"));
    symlinkSync(join(folder, "secret"), path);
    expect(await openImageFile(path)).toBeUndefined();
  });

  test("a link in the place of a folder", async () => {
    renameSync(join(folder, "birds"), join(folder, "elsewhere"));
    symlinkSync(join(folder, "elsewhere"), join(folder, "birds"));
    expect(await openImageFile(path)).toBeUndefined();
  });

  test("a folder, a pipe, a socket or a device in its place", async () => {
    rmSync(path);
    mkdirSync(path);
    expect(await openImageFile(path)).toBeUndefined();
    rmSync(path, { recursive: true });
    execFileSync("mkfifo", [path]);
    expect(await openImageFile(path)).toBeUndefined();
    rmSync(path);
    const server = createServer().listen(path);
    await new Promise((resolve) => server.once("listening", resolve));
    expect(await openImageFile(path)).toBeUndefined();
    server.close();
    expect(await openImageFile("/dev/zero")).toBeUndefined();
  });
});

test("reads what is there, and closes the file", async () => {
  const file = (await openImageFile(path))!;
  expect(file.bytes).toBe(content.length);
  expect(await file.read(599_990, 100)).toEqual(content.subarray(599_990));
  expect(Buffer.compare(await readWhole(file), content)).toBe(0);
  expect(openFiles()).toBe(0);
});

test("has another tag for other content", async () => {
  const tagOf = async () => {
    const file = (await openImageFile(path))!;
    await file.close();
    return file.tag;
  };
  const tag = await tagOf();
  expect(await tagOf()).toBe(tag);
  writeFileSync(path, content.subarray(1));
  expect(await tagOf()).not.toBe(tag);
});

describe("a stream", () => {
  const stream = async () => {
    const file = (await openImageFile(path))!;
    return streamFile(file, await readStart(file));
  };

  test("has all of a file, part by part, and closes it", async () => {
    const sent = await new Response(await stream()).arrayBuffer();
    expect(Buffer.compare(new Uint8Array(sent), content)).toBe(0);
    expect(openFiles()).toBe(0);
  });

  test("closes the file when its reader leaves", async () => {
    const reader = (await stream()).getReader();
    await reader.read();
    expect(openFiles()).toBe(1);
    await reader.cancel();
    expect(openFiles()).toBe(0);
  });

  test("fails when the file becomes shorter", async () => {
    const reader = (await stream()).getReader();
    await reader.read();
    truncateSync(path, 1000);
    await expect(reader.read()).rejects.toThrow("became shorter");
    expect(openFiles()).toBe(0);
  });
});
