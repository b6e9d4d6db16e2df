/** What the API does on a real connection. */
import { once } from "node:events";
import { type AddressInfo, connect, type Server } from "node:net";
import { serve } from "@hono/node-server";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { contextOf } from "../../test/support/context.ts";
import { useGallery, useTinyModel } from "../../test/support/gallery.ts";
import { problemIn } from "../../test/support/requests.ts";
import { openEmbeddedInThread } from "../../test/support/stores.ts";
import { noiseBytes, seedOf } from "../../test/support/tinyModel.ts";
import { createApp } from "./app.ts";
import { searchResultsSchema } from "./schemas/search.ts";

const model = useTinyModel();
const gallery = useGallery(openEmbeddedInThread, model, 5);
let server: Server;
let port: number;
let url: string;
const answered = vi.fn<(status: number) => void>();
const logged = vi.fn<(line: string) => void>();

beforeAll(async () => {
  const app = createApp({
    ...contextOf(model, gallery.collection),
    log: pino({ level: "warn" }, { write: logged }),
  });
  const fetch = async (request: Request) => {
    const response = await app.fetch(request);
    answered(response.status);
    return response;
  };
  server = serve({ fetch, port: 0, hostname: "127.0.0.1" }) as Server;
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
  url = `http://127.0.0.1:${port}`;
});
afterAll(() => {
  server.close();
});
afterEach(() => vi.clearAllMocks());

/** POST /search with a body that is sent in chunks, without a content-length. */
const search = (body: ReadableStream<Uint8Array>, query = "") => {
  const headers = { "content-type": "image/png" };
  const request = { method: "POST", body, headers, duplex: "half" };
  return fetch(`${url}/search?${query}`, request as RequestInit);
};

test("takes an image of unknown length", async () => {
  const bytes = await noiseBytes(seedOf(0));
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < bytes.length; at += 1000)
        controller.enqueue(bytes.subarray(at, at + 1000));
      controller.close();
    },
  });
  const answer = await search(body, "k=1");
  expect(searchResultsSchema.parse(await answer.json()).results[0]!.id).toBe("0");
});

test("refuses a body of unknown length beyond the limit", async () => {
  const megabyte = new Uint8Array(2 ** 20);
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => (sent++ < 21 ? controller.enqueue(megabyte) : controller.close()),
  });
  expect((await problemIn(await search(body))).status).toBe(413);
});

test.each(["image/png", "multipart/form-data; boundary=x"])(
  "survives an upload of %s that is cut short, and logs nothing",
  async (type) => {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    const head = `POST /search HTTP/1.1\r\nhost: x\r\ncontent-type: ${type}\r\n`;
    socket.write(`${head}content-length: 100000\r\n\r\n--x\r\n`);
    await once(server, "request");
    socket.destroy();
    await vi.waitFor(() => expect(answered).toHaveBeenCalledWith(400));
    expect(logged).not.toHaveBeenCalled();
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
  },
);

test("closes a connection with an unread body, and keeps one whose body was read", async () => {
  const headFor = async (type: string) => {
    const socket = connect(port, "127.0.0.1");
    const body = "no image";
    const lines = [
      "POST /search HTTP/1.1",
      "host: localhost",
      `content-type: ${type}`,
      `content-length: ${body.length}`,
    ];
    socket.write(`${lines.join("\r\n")}\r\n\r\n${body}`);
    const [head] = (await once(socket, "data")) as [Buffer];
    socket.destroy();
    return head.toString().toLowerCase();
  };
  const refused = await headFor("application/json");
  expect(refused).toMatch(/^http\/1.1 415 /);
  expect(refused).toContain("connection: close");
  const unreadable = await headFor("image/png");
  expect(unreadable).toMatch(/^http\/1.1 422 /);
  expect(unreadable).toContain("connection: keep-alive");
});
