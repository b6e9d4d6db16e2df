/** What travels between a client and a server, and the two ends that it travels through. */
import type { ErrorBody } from "./errorBody.ts";

/** Buffers that move to the other side instead of being copied: the sender loses them. */
export type TransferList = readonly ArrayBuffer[];

/** One end of a two-way connection, e.g. a worker as its parent sees it. */
export interface Channel {
  /** Sends a message; the buffers of `transfer` move with it. */
  post(message: unknown, transfer?: TransferList): void;
  /** Registers the one listener for messages from the other side. */
  onMessage(listener: (message: unknown) => void): void;
  /** Registers the one listener for the end of the other side, if that was not asked for. */
  onFailure(listener: (cause: Error) => void): void;
  /** Ends the connection, and the worker behind it. */
  close(): Promise<void>;
}

export type Request =
  | {
      readonly kind: "call";
      readonly id: number;
      readonly method: string;
      readonly params: unknown;
    }
  | { readonly kind: "abort"; readonly id: number };

export type Reply =
  /** The server's methods can be called. */
  | { readonly kind: "ready" }
  | { readonly kind: "result"; readonly id: number; readonly value: unknown }
  | { readonly kind: "error"; readonly id: number; readonly error: ErrorBody }
  | { readonly kind: "event"; readonly name: string; readonly payload: unknown };
