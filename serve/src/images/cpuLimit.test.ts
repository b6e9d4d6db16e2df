import { Client } from "@plumage/models/rpc";
import { childChannel, startProcess } from "@plumage/models/rpc/node";
import { expect, test } from "vitest";
import type { Burning } from "../../test/programs/burningProcess.ts";
import { isCpuLimit } from "./cpuLimit.ts";

test("ends a process whose native code takes too much CPU time", async () => {
  const url = new URL("../../test/programs/burningProcess.ts", import.meta.url);
  const client = new Client<Burning>(childChannel(startProcess(url)));
  expect(await client.call("burn", { iterations: 1, maxMs: 60_000 })).toBe("done");
  const error = await client.call("burn", { iterations: 2 ** 30, maxMs: 100 }).catch((e) => e);
  expect(isCpuLimit(error)).toBe(true);
});
