import { afterEach, beforeEach, expect, test } from "vitest";
import type { Sums } from "../../../test/programs/rpcProcess.ts";
import { PlumageError } from "../../errors.ts";
import { Client } from "../client.ts";
import { childChannel } from "./processChannel.ts";
import { startProcess } from "./startProcess.ts";

let client: Client<Sums>;
beforeEach(() => {
  const url = new URL("../../../test/programs/rpcProcess.ts", import.meta.url);
  client = new Client<Sums>(childChannel(startProcess(url)));
});
afterEach(() => client.close());

test("passes byte arrays of any length, also from shared memory, in order", async () => {
  const calls = [0, 1, 2 ** 16 - 1, 2 ** 16, 20 * 2 ** 20].map(async (length) => {
    const bytes = new Uint8Array(new SharedArrayBuffer(length + 9), 9).fill(1);
    const more = new Uint8Array(2 ** 17).fill(2);
    expect(await client.call("sum", { bytes, more })).toBe(length + 2 ** 18);
  });
  await Promise.all(calls);
});

test("brings errors back with their class", async () => {
  const error = await client.call("fail").catch((error: unknown) => error);
  expect(error).toBeInstanceOf(PlumageError);
  expect(error).toMatchObject({ code: "bad-image", hint: "use another" });
});

test.each(["SIGKILL", "SIGSEGV"] as const)("a process that %s ends fails", async (signal) => {
  await expect(client.call("kill", signal)).rejects.toThrow(`the process ended with ${signal}`);
  await expect(client.call("pid")).rejects.toThrow(signal);
});

test("leaves Ctrl-C to the parent", async () => {
  const pid = await client.call("pid");
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.kill(pid, signal);
  expect(await client.call("pid")).toBe(pid);
});

test("ends a process that hangs", async () => {
  const pid = await client.call("pid");
  const call = client.call("hang");
  call.catch(() => undefined);
  await client.close();
  await expect(call).rejects.toThrow("closed");
  expect(() => process.kill(pid, 0)).toThrow("ESRCH");
});
