/** What the server says of itself: at /metrics, and by the probe of its event loop. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import type { Probed } from "./loopProbe.ts";

export interface Reading {
  readonly minutes: number;
  /** The least since the last reading where the system tells, else that of the moment. */
  readonly residentMB: number;
  readonly heapMB: number;
  /** Of the event loop since the last reading, beyond the 10 ms at which it is looked at. */
  readonly delayP99Ms: number;
  readonly delayMostMs: number;
  /** Most that the loop computed in one turn; undefined where the system does not tell. */
  readonly turnMostMs: number | undefined;
}

/** The module for `launch`, where it can tell anything. */
export const probe = existsSync("/proc/self/schedstat")
  ? new URL("./loopProbe.ts", import.meta.url)
  : undefined;

/** What has been since it was last asked. */
export async function askProbe(child: ChildProcess): Promise<Probed | undefined> {
  if (!probe) return undefined;
  child.send("tell");
  const [probed] = (await once(child, "message")) as [Probed];
  return probed;
}

/** prom-client's interval of monitorEventLoopDelay, which is part of what it measures. */
const resolutionMs = 10;

export async function read(
  address: string,
  child: ChildProcess,
): Promise<Omit<Reading, "minutes">> {
  const text = await (await fetch(`${address}/metrics`)).text();
  const value = (name: string) => {
    const found = new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1];
    if (found === undefined) throw new Error(`/metrics has no ${name}`);
    return Number(found);
  };
  const delay = (name: string) =>
    Math.max(0, value(`nodejs_eventloop_lag_${name}_seconds`) * 1000 - resolutionMs);
  const probed = await askProbe(child);
  return {
    residentMB: (probed?.residentLeast ?? value("process_resident_memory_bytes")) / 1e6,
    heapMB: value("nodejs_heap_size_used_bytes") / 1e6,
    delayP99Ms: delay("p99"),
    delayMostMs: delay("max"),
    turnMostMs: probed?.turnMostMs,
  };
}
