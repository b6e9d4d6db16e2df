/**
 * Typed calls to workers, for browsers and Node.
 *
 * @module @plumage/models/rpc
 */
export type { Channel, TransferList } from "./channel.ts";
export { Client, type ClientOptions } from "./client.ts";
export {
  type CallContext,
  type Caller,
  type CallOptions,
  type EventHandlers,
  type Handlers,
  type Params,
  type Result,
  transferred,
} from "./methods.ts";
export { type Server, serve } from "./server.ts";
export { webScopeChannel, webWorkerChannel } from "./webChannel.ts";
