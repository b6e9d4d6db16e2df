/** What only a real connection can do to the API. */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, connect, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serve } from "@hono/node-server";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { contextOf, type Model, openModel } from "../../test/support/context.ts";
import { noise, writeItems, writeModel } from "../../test/support/tinyModel.ts";
import type { Collection } from "../collection/collection.ts";
import { indexItems } from "../indexing/indexItems.ts";
import { EmbeddedCollection } from "../stores/embedded/embeddedCollection.ts";
import { createApp } from "./app.ts";
import { problemSchema } from "./problems/problem.ts";
import { searchSchema } from "./schemas.ts";

let folder: string;
let model: Model;
let collection: Collection;
let server: Server;
let address: string;
const answered = vi.fn<(status: number) => void>();
const logged = vi.fn<(line: string) => void>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "plumage-socket-"));
  await writeModel(folder);
  model = await openModel(folder);
  collection = await EmbeddedCollection.open(
    { folder: join(folder, "index"), model: model.indexed, indexCommand: "", purpose: "index" },
    () => undefined,
  );
  await indexItems(collection, model, await writeItems(folder, 5), new AbortController().signal);
  const app = createApp({
    ...contextOf(model, collection),
    log: pino({ level: "warn" }, { write: logged }),
  });
  const fetch = async (request: Request) => {
    const response = await app.fetch(request);
    answered(response.status);
    return response;
  };
  server = serve({ fetch, port: 0, hostname: "127.0.0.1" }) as Server;
  await once(server, "listening");
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}, 60_000);
afterAll(async () => {
  server.close();
  await collection.close();
  await model.close();
  rmSync(folder, { recursive: true });
});
afterEach(() => vi.clearAllMocks());

test("an image sent in chunks, its length not known beforehand", async () => {
  const bytes = Uint8Array.from(await noise(100));
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < bytes.length; at += 1000)
        controller.enqueue(bytes.subarray(at, at + 1000));
      controller.close();
    },
  });
  const request = {
    method: "POST",
    body,
    duplex: "half",
    headers: { "content-type": "image/png" },
  };
  const answer = await fetch(`${address}/search?k=1`, request);
  expect(searchSchema.parse(await answer.json()).results[0]!.id).toBe("0");
});

test("chunks beyond the limit are refused, though no length announced them", async () => {
  const megabyte = new Uint8Array(2 ** 20);
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => (sent++ < 21 ? controller.enqueue(megabyte) : controller.close()),
  });
  const answer = await fetch(`${address}/search`, {
    method: "POST",
    body,
    duplex: "half",
  } as RequestInit);
  expect(problemSchema.parse(await answer.json()).status).toBe(413);
});

test.each(["image/png", "multipart/form-data; boundary=x"])(
  "an upload of %s that breaks off",
  async (type) => {
    const socket = connect(Number(new URL(address).port), "127.0.0.1");
    await once(socket, "connect");
    socket.write(
      `POST /search HTTP/1.1\r\nhost: x\r\ncontent-type: ${type}\r\ncontent-length: 100000\r\n\r\n--x\r\n`,
    );
    await once(server, "request");
    socket.destroy();
    await vi.waitFor(() => expect(answered).toHaveBeenCalledWith(400));
    expect(logged).not.toHaveBeenCalled();
    expect((await fetch(`${address}/readyz`)).status).toBe(200);
  },
);

test("a connection whose body nobody read takes no other request; one whose body was read does", async () => {
  const { port } = server.address() as AddressInfo;
  const headOf = async (type: string) => {
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
  const refused = await headOf("application/json");
  expect(refused).toMatch(/^http\/1.1 415 /);
  expect(refused).toContain("connection: close");
  const unreadable = await headOf("image/png");
  expect(unreadable).toMatch(/^http\/1.1 422 /);
  expect(unreadable).toContain("connection: keep-alive");
});
