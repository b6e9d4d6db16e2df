import { EventEmitter } from "node:events";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { listenForInterruption } from "./interruption.ts";

let written: string[];
beforeEach(() => {
  written = [];
  vi.useFakeTimers({ toFake: ["performance"] });
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  vi.spyOn(process, "exit").mockImplementation((code) => {
    throw new Error(`exit ${code}`);
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

it("aborts at the first signal, ignores echoes of it, and exits at a later one", () => {
  const source = new EventEmitter();
  const { signal } = listenForInterruption(source);
  source.emit("SIGINT");
  expect(signal.aborted).toBe(true);
  vi.advanceTimersByTime(100);
  source.emit("SIGINT");
  expect(written).toEqual(["stopping; press Ctrl-C again to stop at once\n"]);
  vi.advanceTimersByTime(1000);
  expect(() => source.emit("SIGINT")).toThrow("exit 130");
});

it("tells errors that the abort caused from others, and exits with the signal's code", () => {
  const source = new EventEmitter();
  const interruption = listenForInterruption(source);
  const aborted = new DOMException("The operation was aborted", "AbortError");
  expect(interruption.causes(aborted)).toBe(false);
  source.emit("SIGTERM");
  expect(written).toEqual([]);
  expect(interruption.causes(aborted)).toBe(true);
  expect(interruption.causes(interruption.signal.reason)).toBe(true);
  expect(interruption.causes(new TypeError("a bug"))).toBe(false);
  expect(() => interruption.exit()).toThrow("exit 143");
});
