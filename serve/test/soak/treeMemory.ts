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

/** Bytes in memory; pages that processes share are counted once. */
const treeMemory = (pid: number): number => {
  const kilobytes = /^Pss: +(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1];
  return Number(kilobytes ?? 0) * 1024 + childrenOf(pid).reduce((sum, c) => sum + treeMemory(c), 0);
};

const intervalMs = 250;

/** Measures until it is stopped. @returns reads the peak, in bytes */
export function watchMemory(pid: number): { peak(): number; stop(): void } {
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, treeMemory(pid));
  }, intervalMs);
  return { peak: () => peak, stop: () => clearInterval(timer) };
}
