/**
 * Bodies, read and sent piece by piece: 20 MB at once would hold up the event loop for longer than
 * all else in a request. What is read lies in shared memory, where threads see it without a copy.
 */
import type { Context } from "hono";
import { TooLarge } from "../problems/problem.ts";

/** Bytes of one body. */
export const largestUpload = 20 * 2 ** 20;

/** Bytes by which a large buffer grows. */
const growth = 2 ** 20;

/** Bytes that come one after another, and lie where every thread can read them. */
export class SharedBytes {
  readonly #buffer: SharedArrayBuffer;
  readonly #most: number;
  length = 0;

  /** @param most bytes that may come; memory is taken only as they do */
  constructor(most: number) {
    this.#most = most;
    // What is taken at once comes from malloc, which clears 20 MB that were used before in one go,
    // and seldom gives them back.
    this.#buffer =
      most <= growth
        ? new SharedArrayBuffer(most)
        : new SharedArrayBuffer(growth, { maxByteLength: most });
  }

  /** @throws TooLarge past the end */
  append(bytes: Uint8Array): void {
    const end = this.length + bytes.length;
    if (end > this.#most) throw new TooLarge(largestUpload);
    if (end > this.#buffer.byteLength)
      this.#buffer.grow(Math.min(this.#most, Math.ceil(end / growth) * growth));
    this.part(this.length, end).set(bytes);
    this.length = end;
  }

  part(start: number, end: number): Uint8Array<SharedArrayBuffer> {
    return new Uint8Array(this.#buffer, start, end - start);
  }
}

/** Bytes that a body may have: as many as it announces, or as any may. */
export function mostBytes({ req }: Context): number {
  return Math.min(Number(req.header("content-length") ?? largestUpload), largestUpload);
}

/**
 * Bytes that are read in one turn of the event loop, of all bodies together: a fast client's come
 * two million at once.
 */
const bytesOfTurn = 2 ** 20;
let left = bytesOfTurn;
let nextTurn: Promise<void> | undefined;

/** Resolved when so many bytes may be read. */
function turnFor(bytes: number): Promise<void> | undefined {
  left -= bytes;
  if (left >= 0) return undefined;
  nextTurn ??= new Promise((resolve) =>
    setImmediate(() => {
      left = bytesOfTurn;
      nextTurn = undefined;
      resolve();
    }),
  );
  return nextTurn;
}

/**
 * The body's pieces as they come. Whoever stops early does not break the connection, on which there
 * is an answer to give.
 */
export async function* piecesOf({ req }: Context): AsyncGenerator<Uint8Array> {
  for await (const piece of req.raw.body?.values({ preventCancel: true }) ?? []) {
    await turnFor(piece.length);
    yield piece;
  }
}

/** @throws TooLarge for more than a body may have */
export async function readBody(context: Context): Promise<Uint8Array<SharedArrayBuffer>> {
  const all = new SharedBytes(mostBytes(context));
  for await (const piece of piecesOf(context)) all.append(piece);
  return all.part(0, all.length);
}

/**
 * What is handed to a connection at once: it copies all of that before anything else gets its turn.
 */
const pieceBytes = 2 ** 18;

/** A large answer, given as fast as the client takes it. */
export function inPieces(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
  let sent = 0;
  return new ReadableStream({
    pull(controller) {
      if (sent < bytes.length) controller.enqueue(bytes.subarray(sent, sent + pieceBytes));
      else controller.close();
      sent += pieceBytes;
    },
  });
}
