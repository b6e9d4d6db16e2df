import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { typedFolder } from "./paths.ts";

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "plumage-typed-"));
  mkdirSync(join(root, "package"));
  symlinkSync(join(root, "package"), join(root, "link"));
});
afterAll(() => rmSync(root, { recursive: true }));

describe("typedFolder", () => {
  it("is the original folder of a script that npm runs in the package's folder", () => {
    const cwd = join(root, "package");
    const manifest = join(root, "package", "package.json");
    expect(typedFolder({ INIT_CWD: "/typed", npm_package_json: manifest }, cwd)).toBe("/typed");
    const linked = join(root, "link", "package.json");
    expect(typedFolder({ INIT_CWD: "/typed", npm_package_json: linked }, cwd)).toBe("/typed");
  });

  it("is the working folder without npm, and below a script that changed it", () => {
    expect(typedFolder({}, root)).toBe(root);
    expect(typedFolder({ INIT_CWD: "/typed" }, root)).toBe(root);
    const manifest = join(root, "package", "package.json");
    expect(typedFolder({ INIT_CWD: "/typed", npm_package_json: manifest }, root)).toBe(root);
  });
});
