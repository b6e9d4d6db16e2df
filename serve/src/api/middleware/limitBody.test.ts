import { Hono } from "hono";
import { expect, test, vi } from "vitest";
import { handleError } from "../problems/handleError.ts";
import { maxBodyBytes } from "../upload/bodyBuffers.ts";
import { dropUnreadBody, limitBody } from "./limitBody.ts";

const app = new Hono()
  .use(dropUnreadBody, limitBody)
  .post("/", (c) => c.text("answered"))
  .onError((error, c) => handleError(error, c, undefined as never));
const post = (init: RequestInit) => app.request("/", { method: "POST", ...init });

test("refuses a body beyond the limit", async () => {
  for (const [bytes, status] of [
    [maxBodyBytes, 200],
    [maxBodyBytes + 1, 413],
  ]) {
    const headers = { "content-length": String(bytes) };
    expect((await post({ headers })).status).toBe(status);
  }
});

test("reads an unread body to its end after the answer", async () => {
  let chunks = 3;
  let isRead = false;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (chunks-- > 0) return controller.enqueue(new Uint8Array(1000));
      controller.close();
      isRead = true;
    },
  });
  expect((await post({ body, duplex: "half" } as RequestInit)).status).toBe(200);
  await vi.waitFor(() => expect(isRead).toBe(true));
});
