/** A file system of a few megabytes, which a test can fill. */
import { execFile } from "node:child_process";
import { mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface SmallDisk {
  /** Leaves no space. */
  fill(): Promise<void>;
  /** Gives the space back. */
  free(): Promise<void>;
  unmount(): Promise<void>;
}

/** Why this process cannot mount a small disk; undefined if it can. */
export const noSmallDisk: string | undefined =
  process.platform !== "linux"
    ? "only Linux has tmpfs"
    : process.getuid?.() !== 0
      ? "only root can mount a file system"
      : undefined;

/** Mounts an empty disk. @param folder is created if it is missing */
export async function mountSmallDisk(folder: string, megabytes: number): Promise<SmallDisk> {
  await mkdir(folder, { recursive: true });
  await run("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "plumage-test", folder]);
  const filler = join(folder, "filler");
  return {
    fill: () => fill(filler),
    free: () => rm(filler, { force: true }),
    async unmount() {
      // Lazily: a process that was killed may still have files open.
      await run("umount", ["--lazy", folder]);
    },
  };
}

async function fill(path: string): Promise<void> {
  const file = await open(path, "a");
  for (const bytes of [2 ** 16, 2 ** 12]) {
    const chunk = Buffer.alloc(bytes);
    try {
      for (;;) await file.write(chunk);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    }
  }
  await file.close();
}
