import { expect, test } from "vitest";
import type { Ending } from "../../../test/programs/rpcWorker.ts";
import { PlumageError } from "../../errors.ts";
import { Client } from "../client.ts";
import { startWorker } from "./startWorker.ts";
import { workerChannel } from "./threadChannel.ts";

const open = (workerData: string) => {
  const url = new URL("../../../test/programs/rpcWorker.ts", import.meta.url);
  return new Client<Ending>(workerChannel(startWorker(url, workerData)));
};

test("a worker thread takes calls that were made before it was ready", async () => {
  const client = open("a thread");
  expect(await client.call("greeting")).toBe("hello from a thread");
  await client.close();
});

test("an error while the thread starts rejects ready and every call, with its class", async () => {
  const client = open("broken");
  const call = client.call("greeting").catch((error: unknown) => error);
  const error = await client.ready.catch((error: unknown) => error);
  expect(error).toBeInstanceOf(PlumageError);
  expect(error).toMatchObject({ code: "bad-file", message: "the model is damaged" });
  expect(await call).toBe(error);
});

test("an uncaught error in the thread rejects open calls", async () => {
  const client = open("a thread");
  await expect(client.call("crash")).rejects.toMatchObject({
    name: "PlumageError",
    code: "unsupported",
    hint: "plug it in",
  });
});

test("a thread that exits rejects open calls", async () => {
  const client = open("a thread");
  await expect(client.call("exit", 3)).rejects.toThrow("the worker thread exited with code 3");
});
