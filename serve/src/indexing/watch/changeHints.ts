/** The file system's events below a folder, as mere hints that something may have changed. */
import { realpath } from "node:fs/promises";
import { basename } from "node:path";
import { isPassedOver } from "@plumage/models/node";
import { watch } from "chokidar";

export interface ChangeHints {
  /** Resolves once every change is noticed. */
  readonly ready: Promise<void>;
  /** Resolves with the next hint, or at once if there was one since the last call. */
  next(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Watches a folder. Events do not arrive from network drives, from behind links, or beyond the
 * system's limit of watched files: whoever listens must also look by itself from time to time.
 *
 * @param onError called once, with the reason why some or all events are missing
 */
export async function watchForHints(
  folder: string,
  onError: (reason: string) => void,
): Promise<ChangeHints> {
  const root = await realpath(folder);
  let hasHint = false;
  let wake: () => void = () => undefined;
  let hasFailed = false;
  const watcher = watch(root, {
    ignoreInitial: true,
    followSymlinks: false,
    ignored: (path) => path !== root && isPassedOver(basename(path)),
  });
  watcher.on("all", () => {
    hasHint = true;
    wake();
  });
  watcher.on("error", (error) => {
    if (!hasFailed) onError((error as NodeJS.ErrnoException).code ?? String(error));
    hasFailed = true;
  });
  const ready = new Promise<void>((resolve) => {
    watcher.once("ready", () => resolve());
  });
  return {
    ready,
    async next() {
      if (!hasHint)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      hasHint = false;
    },
    close: () => watcher.close(),
  };
}
