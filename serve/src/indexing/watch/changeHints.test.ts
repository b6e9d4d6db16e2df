import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { watchForHints } from "./changeHints.ts";

it("hints at new, changed, moved and deleted files, also past a circle of links", async () => {
  const parent = mkdtempSync(join(tmpdir(), "plumage-hints-"));
  const folder = join(parent, "photos");
  mkdirSync(join(folder, "a"), { recursive: true });
  symlinkSync(folder, join(folder, "a", "circle"));
  symlinkSync(folder, join(parent, "link"));
  const errors: string[] = [];
  const hints = await watchForHints(join(parent, "link"), (reason) => errors.push(reason));
  await hints.ready;
  const file = (name: string) => join(folder, "a", name);
  for (const change of [
    () => writeFileSync(file("1.png"), "x"),
    () => writeFileSync(file("1.png"), "xy"),
    () => renameSync(file("1.png"), join(folder, "2.png")),
    () => rmSync(join(folder, "2.png")),
    () => mkdirSync(file("b")),
  ]) {
    const hint = hints.next();
    change();
    await hint;
  }
  expect(errors).toEqual([]);
  await hints.close();
  rmSync(parent, { recursive: true });
});
