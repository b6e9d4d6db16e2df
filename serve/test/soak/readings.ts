/** Readings of the server's memory and event loop, from /metrics and the probe. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { ProbeReading } from "./loopProbe.ts";
import { hasThreadCpu } from "./threadCpu.ts";

export interface Reading {
  readonly minutes: number;
  /** At rest; with the probe, after a garbage collection. */
  readonly residentMB: number;
  readonly heapMB: number;
  /** Delay of the event loop since the last reading. */
  readonly delayP99Ms: number;
  readonly delayMaxMs: number;
  /** CPU time of the longest turn of the event loop; undefined without the probe. */
  readonly longestTurnMs: number | undefined;
  /** CPU time of a computation that is always the same; undefined without the probe. */
  readonly peerMs: number | undefined;
}

/** The module for `startServer`; undefined on systems without the statistics that it reads. */
export const probe = hasThreadCpu ? new URL("./loopProbe.ts", import.meta.url) : undefined;

/** What the probe measured since it was last asked. */
export async function readProbe(child: ChildProcess): Promise<ProbeReading | undefined> {
  if (!probe) return undefined;
  child.send("read");
  const [reading] = (await once(child, "message")) as [ProbeReading];
  return reading;
}

/** Interval of prom-client's monitorEventLoopDelay, which its values include. */
const resolutionMs = 10;

export async function readServer(
  url: string,
  child: ChildProcess,
): Promise<Omit<Reading, "minutes" | "peerMs">> {
  const probed = await readProbe(child);
  const text = await (await fetch(`${url}/metrics`)).text();
  const metric = (name: string) => {
    const value = new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1];
    if (value === undefined) throw new Error(`/metrics has no ${name}`);
    return Number(value);
  };
  const delay = (statistic: string) =>
    Math.max(0, metric(`nodejs_eventloop_lag_${statistic}_seconds`) * 1000 - resolutionMs);
  return {
    residentMB: (probed?.resident ?? metric("process_resident_memory_bytes")) / 1e6,
    heapMB: metric("nodejs_heap_size_used_bytes") / 1e6,
    delayP99Ms: delay("p99"),
    delayMaxMs: delay("max"),
    longestTurnMs: probed?.longestTurnMs,
  };
}
