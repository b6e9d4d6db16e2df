/** Channels between two processes of one machine, through a local socket. */
import type { Socket } from "node:net";
import { deserialize, serialize } from "node:v8";
import { PlumageError } from "../../errors.ts";
import type { Channel } from "../channel.ts";

/** The length of a message, in front of it. */
const headerBytes = 4;
/** No message of ours is longer. */
const maxMessageBytes = 256 * 2 ** 20;

/**
 * One end of a connected socket. Messages are structured clones, as between threads; what is to be
 * transferred is copied. Both ends must belong to one user: the receiver deserializes what comes.
 */
export function socketChannel(socket: Socket): Channel {
  let isClosing = false;
  let cause: Error | undefined;
  socket.on("error", (error) => {
    cause = error;
  });
  return {
    post(message) {
      if (socket.destroyed) return;
      const body = serialize(message);
      const header = Buffer.alloc(headerBytes);
      header.writeUInt32BE(body.length);
      socket.cork();
      socket.write(header);
      socket.write(body);
      socket.uncork();
    },
    onMessage(listener) {
      const messages = new Messages();
      socket.on("data", (bytes) => {
        try {
          for (const body of messages.add(bytes)) listener(deserialize(body));
        } catch (error) {
          socket.destroy(error as Error);
        }
      });
    },
    onFailure(listener) {
      socket.on("close", () => {
        if (isClosing) return;
        const options = cause ? { cause } : {};
        listener(new PlumageError("unavailable", "the other process has gone", undefined, options));
      });
    },
    async close() {
      isClosing = true;
      socket.destroy();
    },
  };
}

/** Cuts a stream of bytes into messages. */
class Messages {
  #parts: Buffer[] = [];
  #length = 0;

  /** @returns the messages that these bytes complete */
  *add(bytes: Buffer): Generator<Buffer> {
    this.#parts.push(bytes);
    this.#length += bytes.length;
    while (this.#length >= headerBytes) {
      const length = this.#peek(headerBytes).readUInt32BE();
      if (length > maxMessageBytes) throw new RangeError(`a message of ${length} bytes`);
      if (this.#length < headerBytes + length) return;
      yield this.#take(headerBytes + length).subarray(headerBytes);
    }
  }

  /** Joins the parts only when the first is too short, so that long messages are copied once. */
  #peek(count: number): Buffer {
    if (this.#parts[0]!.length < count) this.#parts = [Buffer.concat(this.#parts)];
    return this.#parts[0]!;
  }

  #take(count: number): Buffer {
    const all = this.#parts.length > 1 ? Buffer.concat(this.#parts) : this.#parts[0]!;
    const rest = all.subarray(count);
    this.#parts = rest.length > 0 ? [rest] : [];
    this.#length = rest.length;
    return all.subarray(0, count);
  }
}
