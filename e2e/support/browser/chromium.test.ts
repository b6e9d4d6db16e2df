import { chmod, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { candidates, installedChromium, softwareVulkan } from "./chromium.ts";

let folder: string;
let executable: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumage-chromium-"));
  executable = join(folder, "chromium");
  await writeFile(executable, "#!/bin/sh\n");
  await chmod(executable, 0o755);
  await writeFile(join(folder, "google-chrome"), "not a program");
});
afterAll(() => rm(folder, { recursive: true }));

test("takes the Chromium in PLUMAGE_CHROMIUM and no other", () => {
  expect(installedChromium({ PLUMAGE_CHROMIUM: executable, PATH: "" })).toBe(executable);
  expect(() =>
    installedChromium({ PLUMAGE_CHROMIUM: join(folder, "absent"), PATH: folder }),
  ).toThrow("not an executable");
  expect(() => installedChromium({ PLUMAGE_CHROMIUM: join(folder, "google-chrome") })).toThrow(
    "not an executable",
  );
});

test("prefers Playwright's own, then the names on the PATH in their order", () => {
  const places = candidates({ PATH: ["/first", folder].join(":") });
  expect(places[0]).toContain("ms-playwright");
  expect(places.indexOf("/first/chromium")).toBeLessThan(places.indexOf(executable));
  expect(places.indexOf(executable)).toBeLessThan(places.indexOf(join(folder, "google-chrome")));
});

test("finds the software Vulkan driver next to a Chromium, through symbolic links", async () => {
  const driver = join(await realpath(folder), "vk_swiftshader_icd.json");
  await writeFile(driver, "{}");
  const link = join(folder, "linked");
  await symlink(executable, link);
  expect(softwareVulkan(executable)).toBe(driver);
  expect(softwareVulkan(link)).toBe(driver);
});
