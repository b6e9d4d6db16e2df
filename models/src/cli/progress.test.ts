import { afterEach, expect, it, vi } from "vitest";
import { progress } from "./progress.ts";
import { writeLine } from "./terminal.ts";

/** A stream that records what is written, and a clock that is set by hand. */
function fakeOutput(isTTY: boolean) {
  const written: string[] = [];
  const stream = { isTTY, columns: 100, write: (text: string) => written.push(text) };
  const clock = { seconds: 0 };
  return {
    written,
    clock,
    output: {
      stream: stream as unknown as NodeJS.WriteStream,
      now: () => clock.seconds * 1000,
    },
  };
}

afterEach(() => {
  vi.unstubAllEnvs();
});

it("writes a plain line every five seconds without a terminal", () => {
  const { written, clock, output } = fakeOutput(false);
  const bar = progress("train", 100, "iterations", 0, output);
  for (let i = 1; i <= 12; i++) {
    clock.seconds = i;
    bar.advance(2, `loss ${i}`);
  }
  bar.finish();
  bar.finish();
  expect(written).toEqual([
    "train: 10/100 iterations, 2.0 iterations/s, ETA 45s, loss 5\n",
    "train: 20/100 iterations, 2.0 iterations/s, ETA 40s, loss 10\n",
    "train: 24/100 iterations, 2.0 iterations/s, in 12s, loss 12\n",
  ]);
});

it.each([true, false])("escapes control characters of names, on a terminal: %s", (isTTY) => {
  const { written, clock, output } = fakeOutput(isTTY);
  const bar = progress("evaluating \u001b]0;title\u0007", 10, "images", 0, output);
  clock.seconds = 6;
  bar.advance(1, "a\nb\u009b2J.jpg");
  bar.finish();
  const text = written.join("");
  expect(text).toContain("evaluating \\u001b]0;title\\u0007");
  expect(text).toContain("a\\nb\\u009b2J.jpg");
  for (const raw of ["\u0007", "\u009b", "\u001b]"]) expect(text).not.toContain(raw);
});

it("leaves units done by an earlier run out of the rate", () => {
  const { written, clock, output } = fakeOutput(false);
  const bar = progress("render", 1000, "images", 900, output);
  clock.seconds = 10;
  bar.advance(50);
  expect(written).toEqual(["render: 950/1000 images, 5.0 images/s, ETA 10s\n"]);
});

it("computes the rate over the last half minute", () => {
  const { written, clock, output } = fakeOutput(false);
  const bar = progress("train", 1000, "steps", 0, output);
  clock.seconds = 60;
  bar.advance(1);
  for (let i = 1; i <= 40; i++) {
    clock.seconds = 60 + i;
    bar.advance(1);
  }
  expect(written.at(-1)).toBe("train: 41/1000 steps, 1.0 steps/s, ETA 15m59s\n");
});

it("draws a bar on a terminal at most ten times a second, in color unless NO_COLOR is set", () => {
  vi.stubEnv("NO_COLOR", undefined);
  vi.stubEnv("TERM", "xterm");
  const { written, clock, output } = fakeOutput(true);
  const bar = progress("train", 4, "steps", 0, output);
  clock.seconds = 1;
  bar.advance();
  clock.seconds = 1.05;
  bar.advance();
  expect(written.length).toBe(2);
  expect(written[1]).toBe(
    `\r\x1b[Ktrain [\x1b[36m######\x1b[39m${"-".repeat(18)}]  25% 1/4 steps, 1.0 steps/s, ETA 3s`,
  );
  vi.stubEnv("NO_COLOR", "1");
  bar.advance(2);
  bar.finish();
  expect(written.at(-2)).toBe(
    `\r\x1b[Ktrain [${"#".repeat(24)}] 100% 4/4 steps, 3.8 steps/s, in 1s`,
  );
  expect(written.at(-1)).toBe("\n");
});

it("moves below lines that are written while it is shown", () => {
  const { written, output } = fakeOutput(true);
  const bar = progress("train", 4, "steps", 0, output);
  written.length = 0;
  writeLine("a line", output.stream);
  expect(written.slice(0, 2)).toEqual(["\r\x1b[K", "a line\n"]);
  expect(written[2]).toContain("0/4 steps");
  bar.finish();
  written.length = 0;
  writeLine("another", output.stream);
  expect(written).toEqual(["another\n"]);
});

it("fits the width of the terminal", () => {
  const { written, clock, output } = fakeOutput(true);
  vi.stubEnv("NO_COLOR", "1");
  const bar = progress("train", 4, "steps", 0, output);
  clock.seconds = 1;
  bar.advance(1, "figures ".repeat(30));
  const lines = written.at(-1)!.replace("\r\x1b[K", "").split("\n");
  // A note that does not fit next to the figures gets a line of its own.
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(/ETA \d+s$/);
  for (const line of lines) expect(line.length).toBeLessThan(100);
  clock.seconds = 2;
  bar.advance(1, "few");
  expect(written.at(-1)!.startsWith("\r\x1b[K\x1b[1A\x1b[K")).toBe(true);
  expect(written.at(-1)).toMatch(/, few$/);
  bar.finish();
});
