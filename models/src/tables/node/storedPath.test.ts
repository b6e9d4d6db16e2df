import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { storedPaths } from "./storedPath.ts";

const [composed, decomposed] = ["caf\u00e9", "cafe\u0301"];
let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "plumage-stored-"));
  mkdirSync(join(root, decomposed, composed), { recursive: true });
  writeFileSync(join(root, decomposed, composed, `${decomposed}.jpg`), "");
  writeFileSync(join(root, "a\\b.jpg"), "");
});
afterAll(() => rmSync(root, { recursive: true }));

it.each([
  `${composed}/${composed}/${composed}.jpg`,
  `${decomposed}/${decomposed}/${decomposed}.jpg`,
  `.\\${composed}\\${decomposed}\\${composed}.jpg`,
])("finds a file whose folders mix both forms by %j", (path) => {
  const file = join(root, decomposed, composed, `${decomposed}.jpg`);
  expect(storedPaths(root)(path)).toBe(file);
  expect(storedPaths("/")(join(root, path.replaceAll("\\", "/")))).toBe(file);
});

it("prefers a file whose name contains a backslash", () => {
  expect(storedPaths(root)("a\\b.jpg")).toBe(join(root, "a\\b.jpg"));
});

it("returns where a missing file would be", () => {
  expect(storedPaths(root)("none\\b.jpg")).toBe(join(root, "none", "b.jpg"));
});
