import { expect, test } from "vitest";
import { SerialQueue } from "./serialQueue.ts";

test("tasks run one after another, in order", async () => {
  const queue = new SerialQueue();
  const events: string[] = [];
  const task = (name: string, turns: number) => async () => {
    events.push(`${name} begins`);
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
  expect(events).toEqual(["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
});

test("a task that fails tells its own caller and no other", async () => {
  const queue = new SerialQueue();
  const failing = queue.run(async () => {
    throw new Error("broken");
  });
  const throwing = queue.run(() => {
    throw new Error("thrown at once");
  });
  const next = queue.run(async () => 7);
  await expect(failing).rejects.toThrow("broken");
  await expect(throwing).rejects.toThrow("thrown at once");
  expect(await next).toBe(7);
});
