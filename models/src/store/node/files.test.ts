import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { readJson, sha256File, writeFileWhole } from "./files.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumage-files-"));
});
afterAll(() => rm(folder, { recursive: true }));

it("writes chunks, creates folders and replaces a file", async () => {
  const path = join(folder, "a", "b", "c.bin");
  await writeFileWhole(path, [Uint8Array.of(1, 2), Uint8Array.of(), Uint8Array.of(3)]);
  expect([...(await readFile(path))]).toEqual([1, 2, 3]);
  await writeFileWhole(path, "four");
  expect(await readFile(path, "utf8")).toBe("four");
  expect(await readdir(join(folder, "a", "b"))).toEqual(["c.bin"]);
});

it("keeps the old file and leaves nothing behind if the source fails", async () => {
  const path = join(folder, "kept", "file.txt");
  await writeFileWhole(path, "old");
  const chunks = function* () {
    yield Uint8Array.of(1);
    throw new Error("the source broke");
  };
  await expect(writeFileWhole(path, chunks())).rejects.toThrow("the source broke");
  expect(await readFile(path, "utf8")).toBe("old");
  expect(await readdir(join(folder, "kept"))).toEqual(["file.txt"]);
});

it("says in one line why a file cannot be written", async () => {
  await writeFile(join(folder, "blocked"), "");
  const path = join(folder, "blocked", "file.txt");
  await expect(writeFileWhole(path, "")).rejects.toMatchObject({
    code: "bad-file",
    message: expect.stringMatching(/^.*file\.txt cannot be written: E\w+: [^,]+$/),
  });
});

it("reads JSON, and names the file and the first invalid field", async () => {
  const schema = z.object({ list: z.array(z.object({ size: z.int() })) });
  const path = join(folder, "some.json");
  await writeFile(path, '{"list": [{"size": 1}, {"size": "2"}]}');
  await expect(readJson(path, schema, "run: this")).rejects.toMatchObject({
    code: "bad-file",
    message: expect.stringContaining(`${path}: list.1.size: `),
    hint: "run: this",
  });
  await writeFile(path, '{"list": [');
  await expect(readJson(path, schema)).rejects.toMatchObject({
    code: "bad-file",
    message: `${path} is not JSON`,
  });
  await expect(readJson(join(folder, "none.json"), schema)).rejects.toMatchObject({
    code: "bad-file",
  });
  await mkdir(join(folder, "folder.json"));
  await expect(readJson(join(folder, "folder.json"), schema)).rejects.toMatchObject({
    code: "bad-file",
  });
  await writeFile(path, '{"list": [{"size": 1}]}');
  expect(await readJson(path, schema)).toEqual({ list: [{ size: 1 }] });
});

it("computes the sha256 of a file (example of FIPS 180-2)", async () => {
  await writeFile(join(folder, "abc"), "abc");
  const digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  expect(await sha256File(join(folder, "abc"))).toBe(digest);
  await expect(sha256File(join(folder, "none"))).rejects.toMatchObject({ code: "bad-file" });
});
