/** The memory of a process and its children (Linux). */
import { readdirSync, readFileSync } from "node:fs";

/** Reads a file of a process; "" if it has ended. */
function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

const childrenOf = (pid: number): number[] => {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      read(`/proc/${pid}/task/${task}/children`).split(" ").filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
};

/** Bytes in memory of each process, the first one's first; shared pages are counted once. */
function treeMemory(pid: number): number[] {
  const kilobytes = /^Pss: +(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1];
  return [Number(kilobytes ?? 0) * 1024, ...childrenOf(pid).flatMap(treeMemory)];
}

const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);

const intervalMs = 250;

/** Measures until it is stopped. @returns reads the peak, in bytes of each process */
export function watchMemory(pid: number): { peak(): readonly number[]; stop(): void } {
  let peak: number[] = [];
  const timer = setInterval(() => {
    const now = treeMemory(pid);
    if (sumOf(now) > sumOf(peak)) peak = now;
  }, intervalMs);
  return { peak: () => peak, stop: () => clearInterval(timer) };
}
