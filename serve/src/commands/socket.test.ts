/** What the API does on a real connection. */
import { once } from "node:events";
import { type IncomingMessage, request, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { contextOf } from "../../test/support/context.ts";
import { hugeWebp } from "../../test/support/costlyImages.ts";
import { useGallery, useTinyModel } from "../../test/support/gallery.ts";
import { problemIn } from "../../test/support/requests.ts";
import { openEmbeddedInThread } from "../../test/support/stores.ts";
import { noiseBytes, seedOf } from "../../test/support/tinyModel.ts";
import { createApp } from "../api/app.ts";
import { searchResultsSchema } from "../api/schemas/search.ts";
import { maxBodyBytes } from "../api/upload/bodyBuffers.ts";
import { createHttpServer } from "./createHttpServer.ts";

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
  server = createHttpServer(async (request, env) => {
    const response = await app.fetch(request, env);
    answered(response.status);
    return response;
  });
  server.listen(0, "127.0.0.1");
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
    const head = `POST /search HTTP/1.1\r\nhost: localhost\r\ncontent-type: ${type}\r\n`;
    socket.write(`${head}content-length: 100000\r\n\r\n--x\r\n`);
    await once(server, "request");
    socket.destroy();
    await vi.waitFor(() => expect(answered).toHaveBeenCalledWith(400));
    expect(logged).not.toHaveBeenCalled();
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
  },
);

test("drops the image of a client that leaves", async () => {
  const image = await hugeWebp(8000, 8000);
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.write(
    `POST /embed HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${image.length}\r\n\r\n`,
  );
  socket.write(image);
  await once(server, "request");
  setImmediate(() => socket.destroy());
  await vi.waitFor(() => expect(answered).toHaveBeenCalledWith(400), 60_000);
  expect(answered).toHaveBeenCalledTimes(1);
  expect(logged).not.toHaveBeenCalled();
});

/** Sends text on a connection of its own, and resolves with all that comes back until it closes. */
async function exchange(text: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.setEncoding("utf8");
  socket.write(text);
  let received = "";
  for await (const chunk of socket) received += chunk;
  return received;
}
const head = (path: string, ...headers: string[]) =>
  `${[`POST ${path} HTTP/1.1`, "host: localhost", ...headers].join("\r\n")}\r\n\r\n`;

test("answers a body that no route reads, and keeps the connection", async () => {
  const refused = head("/search", "content-type: application/json", "content-length: 8");
  const next = head("/nowhere", "connection: close");
  const answers = await exchange(`${refused}no image${next}`);
  expect(answers.match(/HTTP\/1.1 \d+/g)).toEqual(["HTTP/1.1 415", "HTTP/1.1 404"]);
});

test.each([
  ["announced", { "content-length": String(maxBodyBytes + 2 ** 20) }],
  ["chunked", { "transfer-encoding": "chunked" }],
])("lets a client send all of a large body, %s, and read 413", async (_, headers) => {
  for (const path of ["/search", "/items", "/nowhere"]) {
    const sending = request(`${url}${path}`, { method: "POST", headers });
    const sent = once(sending, "finish");
    sending.end(new Uint8Array(maxBodyBytes + 2 ** 20));
    const [response] = (await once(sending, "response")) as [IncomingMessage];
    await sent;
    response.resume();
    await once(response, "close");
    expect(response.statusCode).toBe(
      path === "/nowhere" && "transfer-encoding" in headers ? 404 : 413,
    );
  }
});

test("asks for an expected body only if it will be read", async () => {
  const expecting = (...headers: string[]) => head("/search", "expect: 100-continue", ...headers);
  const large = await exchange(expecting(`content-length: ${maxBodyBytes + 1}`));
  expect(large).toMatch(/^HTTP\/1.1 413 /);
  expect(large).toMatch(/connection: close/i);
  const json = await exchange(expecting("content-type: application/json", "content-length: 2"));
  expect(json).toMatch(/^HTTP\/1.1 415 /);
  const image = await exchange(
    `${expecting("content-type: image/png", "content-length: 8", "connection: close")}no image`,
  );
  expect(image).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 422 /);
});

test.each([
  ["no HTTP", "hello\r\n\r\n", 400],
  ["a malformed host", "GET / HTTP/1.1\r\nhost: a b\r\nconnection: close\r\n\r\n", 400],
  ["a tunnel", "CONNECT example.com:443 HTTP/1.1\r\nhost: example.com:443\r\n\r\n", 405],
  ["an unknown method", "FOO / HTTP/1.1\r\nhost: localhost\r\n\r\n", 400],
  ["HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400],
  ["large headers", `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${"y".repeat(20_000)}\r\n\r\n`, 431],
  ["an unknown expectation", head("/search", "expect: miracles"), 417],
])("answers %s with a problem document", async (_, text, status) => {
  const answer = await exchange(text);
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(answer).toContain("application/problem+json");
  expect(JSON.parse(answer.split("\r\n\r\n")[1]!)).toMatchObject({ status });
});

test("answers a health check over HTTP/1.0 without a host", async () => {
  expect(await exchange("GET /healthz HTTP/1.0\r\n\r\n")).toMatch(/^HTTP\/1.1 200 /);
});
