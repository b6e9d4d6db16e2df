/**
 * Reads bodies in pieces: 20 MB at once would block the event loop for longer than all else in a
 * request. Large bodies are in shared memory, which grows without a copy.
 */
import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import { TooLarge } from "../problems/errors.ts";
import { growth, maxBodyBytes, takeBuffer } from "./bodyBuffers.ts";
import { countBytes } from "./uploadBudget.ts";

/** The bytes of a body, as they arrive. */
export class BodyBytes {
  readonly #buffer: ArrayBuffer | SharedArrayBuffer;
  readonly #maxBytes: number;
  length = 0;

  /** For the body of a request; memory is used only as bytes arrive. */
  constructor(context: Context) {
    this.#maxBytes = expectedBytes(context);
    // V8 does not count shared memory, so that of small bodies would stay for long.
    this.#buffer =
      this.#maxBytes <= growth ? new ArrayBuffer(this.#maxBytes) : takeBuffer(context.req.raw);
  }

  /** @throws TooLarge beyond the limit */
  append(bytes: Uint8Array): void {
    const end = this.length + bytes.length;
    if (end > this.#maxBytes) throw new TooLarge(maxBodyBytes);
    if (this.#buffer instanceof SharedArrayBuffer && end > this.#buffer.byteLength)
      this.#buffer.grow(Math.min(this.#maxBytes, Math.ceil(end / growth) * growth));
    this.slice(this.length, end).set(bytes);
    this.length = end;
  }

  /** A view of the bytes from `start` to `end`. */
  slice(start: number, end: number): Uint8Array {
    return new Uint8Array(this.#buffer, start, end - start);
  }
}

/** Bytes to expect: the announced length, or the largest allowed. */
function expectedBytes({ req }: Context): number {
  return Math.min(Number(req.header("content-length") ?? maxBodyBytes), maxBodyBytes);
}

/**
 * Bytes read per turn of the event loop, over all bodies: those of a fast client arrive two million
 * at a time.
 */
const bytesPerTurn = 2 ** 20;
let remaining = bytesPerTurn;
let nextTurn: Promise<void> | undefined;

/** Waits for the next turn once this one's bytes are used up. */
function turnFor(bytes: number): Promise<void> | undefined {
  remaining -= bytes;
  if (remaining >= 0) return undefined;
  nextTurn ??= new Promise((resolve) =>
    setImmediate(() => {
      remaining = bytesPerTurn;
      nextTurn = undefined;
      resolve();
    }),
  );
  return nextTurn;
}

/** Requests that were told to send their body. */
const continued = new WeakSet<Request>();

/** Whether a client holds its body back until it is asked for it (RFC 9110, 10.1.1). */
export const awaitsContinue = ({ req }: Context): boolean =>
  req.header("expect")?.toLowerCase() === "100-continue" && !continued.has(req.raw);

function sendContinue({ req, env }: Context): void {
  continued.add(req.raw);
  // Absent in tests without a socket.
  (env as Partial<HttpBindings> | undefined)?.outgoing?.writeContinue();
}

/**
 * The body's chunks as they arrive. Stopping early keeps the connection open, because there is an
 * answer to send.
 */
export async function* chunksOf(context: Context): AsyncGenerator<Uint8Array> {
  const { req } = context;
  if (awaitsContinue(context)) sendContinue(context);
  for await (const chunk of req.raw.body?.values({ preventCancel: true }) ?? []) {
    await turnFor(chunk.length);
    yield chunk;
  }
}

/** The same, for a reader who keeps them: they count toward the memory for uploads. */
export async function* keptChunksOf(context: Context): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunksOf(context)) {
    countBytes(context, chunk.length);
    yield chunk;
  }
}

/** @throws TooLarge for a body beyond the limit, PlumageError "unavailable" for too many bodies */
export async function readBody(context: Context): Promise<Uint8Array> {
  const body = new BodyBytes(context);
  for await (const chunk of keptChunksOf(context)) body.append(chunk);
  return body.slice(0, body.length);
}
