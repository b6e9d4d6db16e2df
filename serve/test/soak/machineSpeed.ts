/**
 * How fast the machine is at the moment. A virtual machine's CPU time holds what its host takes for
 * others: the same turn of the event loop then takes longer.
 */
import { threadCpuMs } from "./threadCpu.ts";

const intervalMs = 500;
/** More than processors cache, as the heap that a garbage collection marks. */
const elements = 2 ** 23;
const steps = 40_000;

/** A cycle through all elements in random order: each step waits for memory. */
function randomCycle(): Uint32Array {
  const order = Uint32Array.from({ length: elements }, (_, i) => i);
  let state = 1;
  // Sattolo's algorithm.
  for (let i = elements - 1; i > 0; i--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const j = Math.floor((state / 2 ** 32) * i);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

/** Starts to measure. @returns reads the median since it was last read, in ms of CPU time */
export function watchMachineSpeed(): { read(): number; stop(): void } {
  const next = randomCycle();
  let samples: number[] = [];
  let at = 0;
  const timer = setInterval(() => {
    const start = threadCpuMs();
    for (let i = 0; i < steps; i++) at = next[at]!;
    samples.push(threadCpuMs() - start);
  }, intervalMs);
  return {
    read() {
      const sorted = samples.sort((a, b) => a - b);
      samples = [];
      return sorted[sorted.length >> 1] ?? Number.NaN;
    },
    stop: () => clearInterval(timer),
  };
}
