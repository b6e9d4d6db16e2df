import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create } from "tar";
import { afterAll, beforeAll, expect, it } from "vitest";
import { unpack } from "./unpack.ts";

let home: string;
let archive: string;
const never = new AbortController().signal;
const big = Buffer.alloc(2_000_000, "feather ");

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "plumage-unpack-"));
  mkdirSync(join(home, "birds", "images"), { recursive: true });
  writeFileSync(join(home, "birds", "names.txt"), "gull\n");
  writeFileSync(join(home, "birds", "images", "big.bin"), big);
  symlinkSync("/etc/hostname", join(home, "birds", "link.txt"));
  writeFileSync(join(home, "other.txt"), "outside of the folder");
  archive = join(home, "birds.tgz");
  await create({ gzip: true, file: archive, cwd: home }, ["other.txt", "birds"]);
});
afterAll(() => rmSync(home, { recursive: true }));

it("extracts one folder, without links", async () => {
  const folder = join(home, "out", "birds");
  await unpack(archive, "birds", folder, { title: "test", signal: never });
  expect(readdirSync(folder).sort()).toEqual(["images", "names.txt"]);
  expect(readFileSync(join(folder, "names.txt"), "utf8")).toBe("gull\n");
  expect(readFileSync(join(folder, "images", "big.bin")).equals(big)).toBe(true);
  expect(readdirSync(join(home, "out"))).toEqual(["birds"]);
});

it("accepts member names that start with ./", async () => {
  const dotted = join(home, "dotted.tgz");
  await create({ gzip: true, file: dotted, cwd: home, prefix: "./" }, ["birds/names.txt"]);
  const folder = join(home, "dotted", "birds");
  await unpack(dotted, "birds", folder, { title: "test", signal: never });
  expect(readdirSync(folder)).toEqual(["names.txt"]);
});

it.each([
  ["cut short", (bytes: Buffer) => bytes.subarray(0, bytes.length - 200)],
  [
    "damaged",
    (bytes: Buffer) =>
      Buffer.concat([bytes.subarray(0, 900), Buffer.alloc(400, 7), bytes.subarray(1300)]),
  ],
  ["not an archive", () => Buffer.from("<html>not found</html>")],
])("rejects an archive that is %s and leaves no files", async (name, change) => {
  const broken = join(home, `${name}.tgz`);
  writeFileSync(broken, change(readFileSync(archive)));
  const folder = join(home, name, "birds");
  await expect(
    unpack(broken, "birds", folder, { title: "test", signal: never }),
  ).rejects.toMatchObject({
    code: "bad-file",
    message: expect.stringContaining(`${broken} cannot be unpacked`),
  });
  expect(readdirSync(join(home, name))).toEqual([]);
});

it("leaves no files when aborted", async () => {
  const folder = join(home, "stopped", "birds");
  await expect(
    unpack(archive, "birds", folder, { title: "test", signal: AbortSignal.abort() }),
  ).rejects.toThrow(/abort/i);
  expect(existsSync(folder)).toBe(false);
  expect(readdirSync(join(home, "stopped"))).toEqual([]);
});
