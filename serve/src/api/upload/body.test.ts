import { Hono } from "hono";
import { expect, it } from "vitest";
import { inPieces, readBody } from "./body.ts";

const pieces = 160;
const piece = new Uint8Array(2 ** 16).map((_, i) => i);
/** Ten megabytes that are there at once. */
const body = () => {
  let sent = 0;
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent++ < pieces) controller.enqueue(piece);
      else controller.close();
    },
  });
};

it("reads large bodies that are there at once in many turns of the event loop", async () => {
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
  const init = { method: "POST", body: body(), duplex: "half" };
  const bodies = await Promise.all([
    app.request("/", init),
    app.request("/", { ...init, body: body() }),
  ]);
  clearImmediate(turn);
  expect(await bodies[0].text()).toBe("9");
  expect(length).toBe(pieces * 2 ** 16);
  expect(turns).toBeGreaterThanOrEqual(10);
});

it.each([0, 1, 2 ** 18, 2 ** 18 + 1, 1_000_000])(
  "sends %d bytes in pieces, all of them",
  async (length) => {
    const bytes = new Uint8Array(length).map((_, i) => i * 7);
    const sent = await new Response(inPieces(bytes)).arrayBuffer();
    expect(Buffer.compare(new Uint8Array(sent), bytes)).toBe(0);
  },
);
