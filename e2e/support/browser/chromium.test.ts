import { chmod, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { candidates, installedChromium, softwareVulkan } from "./chromium.ts";

let folder: string;
let program: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumage-chromium-"));
  program = join(folder, "chromium");
  await writeFile(program, "#!/bin/sh\n");
  await chmod(program, 0o755);
  await writeFile(join(folder, "google-chrome"), "not a program");
});
afterAll(() => rm(folder, { recursive: true }));

test("the one that was named, and no other", () => {
  expect(installedChromium({ PLUMAGE_CHROMIUM: program, PATH: "" })).toBe(program);
  expect(() =>
    installedChromium({ PLUMAGE_CHROMIUM: join(folder, "absent"), PATH: folder }),
  ).toThrow("no program");
  expect(() => installedChromium({ PLUMAGE_CHROMIUM: join(folder, "google-chrome") })).toThrow(
    "no program",
  );
});

test("Playwright's own comes first, then the PATH in its order", () => {
  const places = candidates({ PATH: ["/first", folder].join(":") });
  expect(places[0]).toContain("ms-playwright");
  expect(places.indexOf("/first/chromium")).toBeLessThan(places.indexOf(program));
  expect(places.indexOf(program)).toBeLessThan(places.indexOf(join(folder, "google-chrome")));
});

test("the software Vulkan driver beside a Chromium, followed through links", async () => {
  const driver = join(await realpath(folder), "vk_swiftshader_icd.json");
  await writeFile(driver, "{}");
  const link = join(folder, "linked");
  await symlink(program, link);
  expect(softwareVulkan(program)).toBe(driver);
  expect(softwareVulkan(link)).toBe(driver);
});
