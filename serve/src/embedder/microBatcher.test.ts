import { beforeEach, expect, test } from "vitest";
import { MicroBatcher } from "./microBatcher.ts";

interface Run {
  readonly inputs: readonly number[];
  finish(): Promise<void>;
  fail(error: Error): Promise<void>;
}

let runs: Run[];
let batcher: MicroBatcher<number, number>;

/** Lets every promise reaction that is due run. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

beforeEach(() => {
  runs = [];
  const run = (inputs: readonly number[]) =>
    new Promise<number[]>((resolve, reject) => {
      runs.push({
        inputs,
        finish() {
          resolve(inputs.map((input) => input * 10));
          return settled();
        },
        fail(error) {
          reject(error);
          return settled();
        },
      });
    });
  batcher = new MicroBatcher(run, { maxBatch: 3, maxQueue: 4 });
});

test("drops a waiting request that is aborted", async () => {
  const controller = new AbortController();
  void batcher.submit(1);
  const aborted = batcher.submit(2, controller.signal);
  void batcher.submit(3);
  controller.abort(new Error("no longer needed"));
  await expect(aborted).rejects.toThrow("no longer needed");
  await runs[0]!.finish();
  expect(runs[1]!.inputs).toEqual([3]);
});

test("runs the first request alone and batches those that arrive meanwhile", async () => {
  const outputs = Promise.all([1, 2, 3, 4, 5].map((input) => batcher.submit(input)));
  expect(runs.map(({ inputs }) => inputs)).toEqual([[1]]);
  expect(batcher.waiting).toBe(4);
  await runs[0]!.finish();
  await runs[1]!.finish();
  await runs[2]!.finish();
  expect(runs.map(({ inputs }) => inputs)).toEqual([[1], [2, 3, 4], [5]]);
  expect(await outputs).toEqual([10, 20, 30, 40, 50]);
});

test("refuses requests beyond the queue's limit and answers the others", async () => {
  const answers = [1, 2, 3, 4, 5].map((input) => batcher.submit(input));
  await expect(batcher.submit(6)).rejects.toMatchObject({ code: "unavailable" });
  for (let i = 0; i < 3; i++) await runs[i]!.finish();
  expect(await Promise.all(answers)).toEqual([10, 20, 30, 40, 50]);
});

test("rejects the requests of a failed batch and runs the next", async () => {
  const [first, second] = [1, 2].map((input) => batcher.submit(input));
  const failed = expect(first).rejects.toThrow("out of memory");
  await runs[0]!.fail(new Error("out of memory"));
  await failed;
  await runs[1]!.finish();
  expect(await second).toBe(20);
});
