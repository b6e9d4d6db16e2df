import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { PlumageError } from "../../errors.ts";
import { Client } from "../client.ts";
import { serve } from "../server.ts";
import { socketChannel } from "./socketChannel.ts";

interface Echo {
  echo(params: object | string): object | string;
  fail(): void;
  never(): void;
}

let folder: string;
let server: Server;
let accepted: Socket;
let client: Client<Echo>;
let socket: Socket;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "plumage-socket-"));
  server = createServer((peer) => {
    accepted = peer;
    serve<Echo>(socketChannel(peer), {
      echo: (params) => params,
      fail() {
        throw new PlumageError("full", "the disk is full", "free some space");
      },
      never: () => new Promise(() => undefined),
    });
  }).listen(join(folder, "s"));
  await once(server, "listening");
  socket = connect(join(folder, "s"));
  client = new Client<Echo>(socketChannel(socket), {
    failure: (cause) => new PlumageError("unavailable", "gone", undefined, { cause }),
  });
});
afterEach(async () => {
  await client.close();
  accepted.destroy();
  server.close();
  rmSync(folder, { recursive: true });
});

it("carries typed arrays, long messages and several calls at a time", async () => {
  const embedding = Float32Array.of(1, 2.5, -3).subarray(1);
  const content = new Uint8Array(200_000).fill(7);
  const values = [{ embedding, list: ["a", undefined, null] }, content, ""];
  expect(await Promise.all(values.map((value) => client.call("echo", value)))).toEqual(values);
});

it("joins messages that arrive in pieces", async () => {
  const write = socket.write.bind(socket);
  socket.write = ((bytes: Buffer) => {
    for (const byte of bytes) write(Buffer.of(byte));
    return true;
  }) as Socket["write"];
  expect(await client.call("echo", "in pieces")).toBe("in pieces");
});

it("keeps an error's class", async () => {
  const error = await client.call("fail").catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(PlumageError);
  expect(error).toMatchObject({ code: "full", hint: "free some space" });
});

it("rejects open and later calls once the other side has gone", async () => {
  const open = client.call("never");
  await client.call("echo", "");
  accepted.destroy();
  await expect(open).rejects.toThrow("gone");
  await expect(client.call("echo", "")).rejects.toThrow("gone");
});

it("ends a connection that sends something else", async () => {
  await client.ready;
  socket.write("GET / HTTP/1.1\r\n\r\n");
  await expect(client.call("never", undefined)).rejects.toThrow("gone");
});
