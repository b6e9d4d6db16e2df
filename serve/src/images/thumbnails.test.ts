import { PlumageError } from "@plumage/models";
import { beforeEach, expect, test } from "vitest";
import type { ImageFile } from "../collection/imageFile.ts";
import { Thumbnails } from "./thumbnails.ts";

const tick = () => new Promise<void>((resolve) => setImmediate(resolve));
const content = Uint8Array.of(1, 2, 3);
const { signal } = new AbortController();

interface Call {
  readonly signal: AbortSignal;
  resolve(thumbnail: Uint8Array<ArrayBuffer>): void;
  reject(error: Error): void;
}

let calls: Call[];
let opened: number;
let thumbnails: Thumbnails;
beforeEach(() => {
  calls = [];
  opened = 0;
  thumbnails = new Thumbnails({
    thumbnail: (_bytes, _size, signal) =>
      new Promise((resolve, reject) => {
        signal!.addEventListener("abort", () => reject(signal!.reason));
        calls.push({ signal: signal!, resolve, reject });
      }),
  });
});

const open = (bytes = content.length): ImageFile => {
  opened++;
  return {
    tag: "tag",
    bytes,
    read: async () => content,
    async close() {
      opened--;
    },
  };
};

test("makes a thumbnail once for all who ask, and keeps it", async () => {
  const asked = [1, 2, 3].map(() => thumbnails.get("a", open(), signal));
  await tick();
  expect(calls).toHaveLength(1);
  calls[0]!.resolve(content);
  for (const thumbnail of await Promise.all(asked)) expect(thumbnail).toBe(content);
  expect(await thumbnails.get("a", open(), signal)).toBe(content);
  expect(calls).toHaveLength(1);
  expect(opened).toBe(0);
});

test("keeps that an image has none, but not that the server was busy", async () => {
  const damaged = thumbnails.get("a", open(), signal);
  await tick();
  calls[0]!.reject(new PlumageError("bad-image", "the PNG file is damaged"));
  await expect(damaged).rejects.toThrow("damaged");
  await expect(thumbnails.get("a", open(), signal)).rejects.toThrow("damaged");
  const busy = thumbnails.get("b", open(), signal);
  await tick();
  calls[1]!.reject(new PlumageError("unavailable", "too many images are waiting"));
  await expect(busy).rejects.toThrow("waiting");
  void thumbnails.get("b", open(), signal);
  await tick();
  expect(calls).toHaveLength(3);
  expect(opened).toBe(0);
});

test("stops when the last one who waits has left", async () => {
  const clients = [new AbortController(), new AbortController()];
  const asked = clients.map((client) => thumbnails.get("a", open(), client.signal));
  await tick();
  clients[0]!.abort(new Error("left"));
  await expect(asked[0]).rejects.toThrow("left");
  expect(calls[0]!.signal.aborted).toBe(false);
  clients[1]!.abort(new Error("left"));
  await expect(asked[1]).rejects.toThrow("left");
  expect(calls[0]!.signal.aborted).toBe(true);
  void thumbnails.get("a", open(), signal);
  await tick();
  expect(calls).toHaveLength(2);
});

test("reads four images at a time, and refuses more than can wait", async () => {
  const asked = Array.from({ length: 300 }, (_, i) =>
    thumbnails.get(String(i), open(), signal).catch((error: PlumageError) => error.code),
  );
  await tick();
  expect(calls).toHaveLength(4);
  expect(await asked[299]).toBe("unavailable");
});

test("reads no huge file", async () => {
  await expect(thumbnails.get("a", open(2 ** 30), signal)).rejects.toThrow("more than 64 MB");
  expect(opened).toBe(0);
});
