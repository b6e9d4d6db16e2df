import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const program = fileURLToPath(new URL("../../../test/programs/onnxruntime.ts", import.meta.url));

it.each(["main", "worker"])(
  "leaves the home folder empty when the %s thread starts it",
  (thread) => {
    const home = mkdtempSync(join(tmpdir(), "plumage-home-"));
    try {
      const { ORT_DISABLE_TELEMETRY: _, ...env } = process.env;
      const { status, stderr } = spawnSync(
        process.execPath,
        ["--import", import.meta.resolve("tsx"), program, thread],
        { encoding: "utf8", env: { ...env, HOME: home, XDG_CACHE_HOME: "" } },
      );
      expect([status, stderr]).toEqual([0, ""]);
      expect(readdirSync(home)).toEqual([]);
    } finally {
      rmSync(home, { recursive: true });
    }
  },
);
