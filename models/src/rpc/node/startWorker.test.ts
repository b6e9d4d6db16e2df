import { once } from "node:events";
import { expect, it } from "vitest";
import { startWorker } from "./startWorker.ts";

it("runs TypeScript in a thread, and brings its error back", async () => {
  const worker = startWorker(
    new URL("../../../test/programs/failingWorker.ts", import.meta.url),
    "weights",
  );
  const failed = once(worker, "error");
  expect((await once(worker, "message"))[0]).toBe("ready");
  const [error] = await failed;
  expect(error).toMatchObject({
    name: "PlumageError",
    code: "mismatch",
    message: "weights and network do not belong together",
  });
});
