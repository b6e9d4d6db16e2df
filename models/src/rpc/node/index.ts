/**
 * Worker threads: how they start, and the channels to them.
 *
 * @module @plumage/models/rpc/node
 */
export { startWorker } from "./startWorker.ts";
export { parentChannel, portChannel, workerChannel } from "./threadChannel.ts";
