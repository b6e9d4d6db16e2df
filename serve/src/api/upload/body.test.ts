import { Hono } from "hono";
import { expect, it } from "vitest";
import { readBody } from "./body.ts";

const chunkCount = 160;
const chunk = new Uint8Array(2 ** 16).map((_, i) => i);

/** Ten megabytes that are available at once. */
function body(): ReadableStream<Uint8Array> {
  let sent = 0;
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent++ < chunkCount) controller.enqueue(chunk);
      else controller.close();
    },
  });
}

it("reads large bodies over many turns of the event loop", async () => {
  let length = 0;
  const app = new Hono().post("/", async (c) => {
    const bytes = await readBody(c);
    length = bytes.length;
    return c.text(String(bytes[2 ** 16 * 7 + 9]));
  });
  let turns = 0;
  const count = () => {
    turns++;
    turn = setImmediate(count);
  };
  let turn = setImmediate(count);
  const post = () =>
    app.request("/", { method: "POST", body: body(), duplex: "half" } as RequestInit);
  const [first] = await Promise.all([post(), post()]);
  clearImmediate(turn);
  expect(await first.text()).toBe("9");
  expect(length).toBe(chunkCount * 2 ** 16);
  expect(turns).toBeGreaterThanOrEqual(10);
});
