import { expect, test } from "vitest";
import { inTurn } from "./inTurn.ts";

const tick = () => new Promise<void>((resolve) => setImmediate(resolve));
const { signal } = new AbortController();

test("maps in order, three at a time", async () => {
  let running = 0;
  let most = 0;
  const doubled = await inTurn([1, 2, 3, 4, 5, 6, 7], signal, async (value, index) => {
    most = Math.max(most, ++running);
    await tick();
    running--;
    return value * 2 + index;
  });
  expect(doubled).toEqual([2, 5, 8, 11, 14, 17, 20]);
  expect(most).toBe(3);
});

test("drops what waits after an error or an abort", async () => {
  const started: number[] = [];
  const signals: AbortSignal[] = [];
  const fail = async (value: number, _: number, signal: AbortSignal) => {
    started.push(value);
    signals.push(signal);
    await tick();
    if (value === 2) throw new Error("damaged");
  };
  const inputs = Array.from({ length: 20 }, (_, i) => i);
  await expect(inTurn(inputs, signal, fail)).rejects.toThrow("damaged");
  await tick();
  expect(started).not.toContain(19);
  expect(signals.every(({ aborted }) => aborted)).toBe(true);
  const left = AbortSignal.abort(new Error("the client left"));
  await expect(inTurn([99], left, fail)).rejects.toThrow("the client left");
  expect(started).not.toContain(99);
});
