import { expect, test } from "vitest";
import { SerialQueue } from "./serialQueue.ts";

test("runs tasks one after another, in order", async () => {
  const queue = new SerialQueue();
  const events: string[] = [];
  const task = (name: string, turns: number) => async () => {
    events.push(`${name} starts`);
    for (let i = 0; i < turns; i++) await Promise.resolve();
    events.push(`${name} ends`);
    return name;
  };
  const results = await Promise.all([
    queue.run(task("a", 20)),
    queue.run(task("b", 1)),
    queue.run(task("c", 5)),
  ]);
  expect(results).toEqual(["a", "b", "c"]);
  expect(events).toEqual(["a starts", "a ends", "b starts", "b ends", "c starts", "c ends"]);
});

test("rejects only the call whose task fails", async () => {
  const queue = new SerialQueue();
  const rejecting = queue.run(async () => {
    throw new Error("rejected");
  });
  const throwing = queue.run(() => {
    throw new Error("thrown synchronously");
  });
  const next = queue.run(async () => 7);
  await expect(rejecting).rejects.toThrow("rejected");
  await expect(throwing).rejects.toThrow("thrown synchronously");
  expect(await next).toBe(7);
});
