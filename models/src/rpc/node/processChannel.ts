/**
 * Channels between a process and a child process. A child can be killed at any moment, whatever
 * native code it runs, and its memory goes with it.
 *
 * Large byte arrays travel beside the messages, through a pipe: serializing 20 MB would block the
 * event loop, and a pipe takes them from where they are, piece by piece.
 */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { Socket } from "node:net";
import type { Writable } from "node:stream";
import { PlumageError } from "../../errors.ts";
import type { Channel } from "../channel.ts";

/** The child's descriptor of the pipe; those below are the standard streams and the messages. */
const pipeDescriptor = 4;

/** Shorter arrays stay in the message. */
const minPipedBytes = 2 ** 16;

interface Envelope {
  /** Without the piped arrays. */
  readonly message: unknown;
  /** Name and length of each parameter that follows in the pipe. */
  readonly piped: readonly (readonly [name: string, length: number])[];
}

/** The parent's end of a process that `startProcess` started. */
export function childChannel(child: ChildProcess): Channel {
  const pipe = child.stdio[pipeDescriptor] as Writable;
  let isClosing = false;
  // A process that is gone reports itself by "exit".
  pipe.on("error", () => undefined);
  return {
    post(message) {
      const { envelope, arrays } = pack(message);
      child.send(envelope as object, () => undefined);
      for (const { buffer, byteOffset, byteLength } of arrays)
        pipe.write(Buffer.from(buffer, byteOffset, byteLength));
    },
    onMessage: (listener) => child.on("message", listener),
    onFailure(listener) {
      child.on("error", listener);
      child.on("exit", (code, signal) => {
        const message = `the process ended with ${signal ?? `code ${code}`}`;
        if (!isClosing) listener(new PlumageError("unavailable", message));
      });
    },
    async close() {
      isClosing = true;
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    },
  };
}

/** The child's end. Its process ends with the parent, and leaves signals of the terminal to it. */
export function parentProcessChannel(): Channel {
  if (!process.send) throw new PlumageError("unsupported", "this program must run as a child");
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => undefined);
  // An orderly exit would wait for native code.
  process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
  const pipe = new PipeReader(new Socket({ fd: pipeDescriptor, readable: true, writable: false }));
  let received = Promise.resolve();
  return {
    post: (message) => {
      process.send!(message);
    },
    onMessage: (listener) =>
      process.on("message", (envelope: Envelope) => {
        received = received.then(async () => listener(await unpack(envelope, pipe)));
      }),
    onFailure: () => undefined,
    close: async () => process.disconnect(),
  };
}

/** Takes the large arrays among a call's parameters out of its message. */
function pack(message: unknown): { envelope: Envelope; arrays: Uint8Array[] } {
  const { params, ...rest } = message as { params?: unknown };
  if (typeof params !== "object" || Object.getPrototypeOf(params ?? 0) !== Object.prototype)
    return { envelope: { message, piped: [] }, arrays: [] };
  const isPiped = (value: unknown): value is Uint8Array =>
    value instanceof Uint8Array && value.length >= minPipedBytes;
  const entries = Object.entries(params as object);
  const arrays = entries.filter((entry): entry is [string, Uint8Array] => isPiped(entry[1]));
  const others = Object.fromEntries(entries.filter(([, value]) => !isPiped(value)));
  return {
    envelope: {
      message: { ...rest, params: others },
      piped: arrays.map(([name, { length }]) => [name, length]),
    },
    arrays: arrays.map(([, array]) => array),
  };
}

async function unpack({ message, piped }: Envelope, pipe: PipeReader): Promise<unknown> {
  const { params } = message as { params: Record<string, unknown> };
  for (const [name, length] of piped) params[name] = await pipe.read(length);
  return message;
}

class PipeReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  /** What has been received beyond the last array. */
  #rest: Uint8Array = new Uint8Array();

  constructor(pipe: Socket) {
    this.#chunks = pipe[Symbol.asyncIterator]();
  }

  async read(length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    for (let filled = 0; filled < length; ) {
      if (this.#rest.length === 0) this.#rest = (await this.#chunks.next()).value;
      const part = this.#rest.subarray(0, length - filled);
      this.#rest = this.#rest.subarray(part.length);
      bytes.set(part, filled);
      filled += part.length;
    }
    return bytes;
  }
}
